using System.IO.Pipelines;

namespace Alignment.Server.Listening;

/// <summary>
/// Passes a connection's output on. What looks like the head of a refusal without a body, written in one piece, may be replaced before it
/// leaves; for all else the price is a comparison of a few bytes a write.
/// </summary>
/// <param name="output">The connection's own; owns the memory.</param>
/// <param name="replace">Given such a head, what to send instead; null: as it is.</param>
internal sealed class RejectionWriter(PipeWriter output, RejectionWriter.Replacement replace) : PipeWriter
{
    private const int MaxHead = 512;

    /// <summary>What was handed out and is not yet written; may be written in several pieces.</summary>
    private Memory<byte> _memory;

    public delegate byte[]? Replacement(ReadOnlySpan<byte> head);

    public override bool CanGetUnflushedBytes => output.CanGetUnflushedBytes;

    public override long UnflushedBytes => output.UnflushedBytes;

    /// <summary>At least as much as a refusal needs, so that it comes in one piece.</summary>
    public override Memory<byte> GetMemory(int sizeHint = 0) => _memory = output.GetMemory(Math.Max(sizeHint, MaxHead));

    public override Span<byte> GetSpan(int sizeHint = 0) => GetMemory(sizeHint).Span;

    public override void Advance(int bytes)
    {
        ReadOnlySpan<byte> written = _memory.Span[..bytes];
        _memory = _memory[bytes..];
        if (IsEmptyRefusal(written) && replace(written) is { } whole)
        {
            whole.CopyTo(output.GetSpan(whole.Length));
            bytes = whole.Length;
        }

        output.Advance(bytes);
    }

    public override ValueTask<FlushResult> FlushAsync(CancellationToken cancellationToken = default)
        => output.FlushAsync(cancellationToken);

    public override void CancelPendingFlush() => output.CancelPendingFlush();

    public override void Complete(Exception? exception = null) => output.Complete(exception);

    public override ValueTask CompleteAsync(Exception? exception = null) => output.CompleteAsync(exception);

    private static bool IsEmptyRefusal(ReadOnlySpan<byte> written)
        => written.Length < MaxHead && written.EndsWith("\r\n\r\n"u8)
            && (written.StartsWith("HTTP/1.1 4"u8) || written.StartsWith("HTTP/1.1 5"u8));
}
