namespace Alignment.Training.Data.Rows;

/// <summary>What is wrong with one row; the message names the field, its reader adds file and line.</summary>
internal sealed class RowException(string message) : Exception(message);
