namespace Alignment.Benchmarks.Gpu.Results;

/// <summary>One thing that was timed, by this program or by a peer.</summary>
/// <param name="Name">Row of the report.</param>
/// <param name="Milliseconds">Median of a round.</param>
/// <param name="Rounds">Rounds that count.</param>
/// <param name="Tokens">Tokens a round; 0 where that means nothing.</param>
/// <param name="Bytes">Bytes that a round must move at least; 0 where that is not its limit.</param>
/// <param name="Operations">Floating-point operations that a round must do at least; 0 where that is not its limit.</param>
internal sealed record Sample(string Name, double Milliseconds, int Rounds, double Tokens = 0, double Bytes = 0, double Operations = 0);
