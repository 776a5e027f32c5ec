using System.Globalization;
using Alignment.Templates.Limits;
using Alignment.Templates.Runtime;
using Alignment.Templates.Values;

namespace Alignment.Templates.Library;

/// <summary>The directives of <c>strftime</c> in the C locale; one that is not known is refused by name.</summary>
internal static class DateFormat
{
    /// <summary>Now, in local time.</summary>
    public static TemplateText Format(RenderState state, TemplateText format)
    {
        DateTimeOffset time = state.Time.GetLocalNow();
        var text = new TextBuilder(state.Budget);
        for (int i = 0; i < format.Length; i++)
        {
            if (format.Value[i] != '%' || i + 1 == format.Length)
            {
                text.Append(format, i, i + 1);
                continue;
            }

            state.Budget.Make(128);
            bool unpadded = format.Value[i + 1] == '-' && i + 2 < format.Length;
            i += unpadded ? 2 : 1;
            string field = Field(time, format.Value[i]);
            text.Append(unpadded && field.Length > 1 ? field.TrimStart('0', ' ') : field);
        }

        return text.ToText();
    }

    private static string Field(DateTimeOffset time, char directive) => directive switch
    {
        'Y' => Net(time, "yyyy"),
        'y' => Net(time, "yy"),
        'm' => Net(time, "MM"),
        'B' => Net(time, "MMMM"),
        'b' or 'h' => Net(time, "MMM"),
        'd' => Net(time, "dd"),
        'e' => time.Day.ToString(CultureInfo.InvariantCulture).PadLeft(2),
        'j' => time.DayOfYear.ToString("000", CultureInfo.InvariantCulture),
        'A' => Net(time, "dddd"),
        'a' => Net(time, "ddd"),
        'u' => (((int)time.DayOfWeek + 6) % 7 + 1).ToString(CultureInfo.InvariantCulture),
        'w' => ((int)time.DayOfWeek).ToString(CultureInfo.InvariantCulture),
        'H' => Net(time, "HH"),
        'I' => Net(time, "hh"),
        'M' => Net(time, "mm"),
        'S' => Net(time, "ss"),
        'f' => Net(time, "ffffff"),
        'p' => Net(time, "tt"),
        'F' => Net(time, "yyyy-MM-dd"),
        'T' or 'X' => Net(time, "HH:mm:ss"),
        'R' => Net(time, "HH:mm"),
        'D' or 'x' => Net(time, "MM/dd/yy"),
        'c' => $"{Net(time, "ddd MMM")} {time.Day,2} {Net(time, "HH:mm:ss yyyy")}",
        'n' => "\n",
        't' => "\t",
        '%' => "%",
        _ => throw new ChatTemplateException($"chat template: strftime_now does not know %{directive}"),
    };

    private static string Net(DateTimeOffset time, string format) => time.ToString(format, CultureInfo.InvariantCulture);
}
