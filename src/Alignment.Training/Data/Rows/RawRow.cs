using System.Text.Json;

namespace Alignment.Training.Data.Rows;

/// <summary>A row that was found but not yet read.</summary>
/// <param name="Line">Where it begins, from 1.</param>
/// <param name="Fields">Its fields as an object; throws a <see cref="RowException"/> where it is none.</param>
internal readonly record struct RawRow(int Line, Func<JsonElement> Fields);
