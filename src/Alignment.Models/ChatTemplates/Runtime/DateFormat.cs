using System.Globalization;
using System.Text;

namespace Alignment.Models.ChatTemplates.Runtime;

/// <summary>The directives of <c>strftime</c> that templates use; others are kept as they are.</summary>
internal static class DateFormat
{
    public static string Format(DateTimeOffset time, string format)
    {
        var text = new StringBuilder();
        for (int i = 0; i < format.Length; i++)
        {
            if (format[i] != '%' || i + 1 == format.Length)
            {
                text.Append(format[i]);
                continue;
            }

            bool unpadded = format[i + 1] == '-' && i + 2 < format.Length;
            i += unpadded ? 2 : 1;
            string field = Field(time, format[i]);
            text.Append(unpadded && field.Length > 1 ? field.TrimStart('0') : field);
        }

        return text.ToString();
    }

    private static string Field(DateTimeOffset time, char directive) => directive switch
    {
        'Y' => Net(time, "yyyy"),
        'y' => Net(time, "yy"),
        'm' => Net(time, "MM"),
        'B' => Net(time, "MMMM"),
        'b' => Net(time, "MMM"),
        'd' => Net(time, "dd"),
        'e' => time.Day.ToString(CultureInfo.InvariantCulture).PadLeft(2),
        'j' => time.DayOfYear.ToString("000", CultureInfo.InvariantCulture),
        'A' => Net(time, "dddd"),
        'a' => Net(time, "ddd"),
        'H' => Net(time, "HH"),
        'I' => Net(time, "hh"),
        'M' => Net(time, "mm"),
        'S' => Net(time, "ss"),
        'p' => Net(time, "tt"),
        'F' => Net(time, "yyyy-MM-dd"),
        'T' => Net(time, "HH:mm:ss"),
        '%' => "%",
        _ => $"%{directive}",
    };

    private static string Net(DateTimeOffset time, string format) => time.ToString(format, CultureInfo.InvariantCulture);
}
