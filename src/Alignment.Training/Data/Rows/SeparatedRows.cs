using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Alignment.Training.Data.Rows;

/// <summary>
/// Rows of CSV or TSV (RFC 4180): the first names the columns; a field in double quotes may hold separators, line ends and doubled quotes.
/// </summary>
internal static class SeparatedRows
{
    private const int MostColumns = 1000;

    /// <exception cref="RowException">A quote is not closed, or the header has the same name twice.</exception>
    public static IEnumerable<RawRow> Read(DataText text, char separator)
    {
        if (ReadCells(text, separator) is not { } header)
        {
            yield break;
        }

        string[] names = [.. header.Select(name => name.Trim())];
        if (names.GroupBy(name => name).FirstOrDefault(group => group.Count() > 1) is { } twice)
        {
            throw new RowException($"the header names '{twice.Key}' twice");
        }

        for (int line = text.Line + 1; ReadCells(text, separator) is { } cells; line = text.Line + 1)
        {
            if (cells is not [""])
            {
                yield return new RawRow(line, () => Object(names, cells));
            }
        }
    }

    private static JsonElement Object(string[] names, List<string> cells)
    {
        if (cells.Count != names.Length)
        {
            throw new RowException($"has {cells.Count} fields, the header has {names.Length}");
        }

        return JsonSerializer.SerializeToElement(
            new JsonObject(names.Zip(cells, (name, cell) => KeyValuePair.Create(name, (JsonNode?)cell))));
    }

    /// <summary>The fields of the next row, which may span lines; null at the end.</summary>
    private static List<string>? ReadCells(DataText text, char separator)
    {
        if (text.ReadLine() is not { } line)
        {
            return null;
        }

        List<string> cells = [];
        StringBuilder cell = new();
        (int first, bool quoted) = (text.Line, false);
        for (int i = 0; ; i++)
        {
            if (i == line.Length)
            {
                if (!quoted)
                {
                    break;
                }

                line = text.ReadLine() ?? throw new RowException($"line {first}: a quoted field is never closed");
                text.RequireRoom(cell.Length + line.Length);
                cell.Append('\n');
                i = -1;
            }
            else if (quoted && line[i] == '"' && i + 1 < line.Length && line[i + 1] == '"')
            {
                cell.Append(line[++i]);
            }
            else if (line[i] == '"' && (quoted || cell.Length == 0))
            {
                quoted = !quoted;
            }
            else if (line[i] == separator && !quoted)
            {
                Close();
            }
            else
            {
                cell.Append(line[i]);
            }
        }

        Close();
        return cells;

        void Close()
        {
            cells.Add(
                cells.Count < MostColumns ? cell.ToString() : throw new RowException($"line {first}: more than {MostColumns} columns"));
            cell.Clear();
        }
    }
}
