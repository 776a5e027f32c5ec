using System.Buffers;
using Alignment.Server.Errors;

namespace Alignment.Server.Requests.Bodies;

/// <summary>
/// The bytes of one body, in rented memory that <see cref="Dispose"/> gives back. It grows as bytes arrive, whatever the header
/// Content-Length promises.
/// </summary>
internal sealed class BodyBuffer : IDisposable
{
    private const int FirstLength = 16 * 1024;

    private readonly ArrayPool<byte> _pool;
    private byte[] _bytes;
    private int _length;

    private BodyBuffer(ArrayPool<byte> pool)
    {
        _pool = pool;
        _bytes = pool.Rent(FirstLength);
    }

    /// <summary>What has arrived.</summary>
    public Span<byte> Bytes => _bytes.AsSpan(0, _length);

    /// <summary>Reads a body to its end.</summary>
    /// <param name="request">Has the body.</param>
    /// <param name="mostBytes">How large it may be.</param>
    /// <param name="pool">Where the memory comes from and goes back to.</param>
    /// <exception cref="ApiException">It is too large (413).</exception>
    /// <exception cref="BadHttpRequestException">It comes too slowly (408), is not well-formed (400), or is very much too large
    /// (413).</exception>
    public static async Task<BodyBuffer> ReadAsync(HttpRequest request, int mostBytes, ArrayPool<byte> pool)
    {
        CheckLength(request.ContentLength ?? 0, mostBytes);
        var buffer = new BodyBuffer(pool);
        try
        {
            int read;
            while ((read = await request.Body.ReadAsync(buffer.Rest(), request.HttpContext.RequestAborted)) > 0)
            {
                buffer._length += read;
                CheckLength(buffer._length, mostBytes);
            }

            return buffer;
        }
        catch
        {
            buffer.Dispose();
            throw;
        }
    }

    public void Dispose()
    {
        _pool.Return(_bytes);
        _bytes = [];
        _length = 0;
    }

    private static void CheckLength(long length, int mostBytes)
    {
        if (length > mostBytes)
        {
            const int Status = StatusCodes.Status413PayloadTooLarge;
            throw ApiException.Invalid(Status, $"The body is larger than the {mostBytes} bytes that are allowed.");
        }
    }

    /// <summary>The free end, never empty.</summary>
    private Memory<byte> Rest()
    {
        if (_length == _bytes.Length)
        {
            byte[] larger = _pool.Rent(2 * _length);
            Bytes.CopyTo(larger);
            _pool.Return(_bytes);
            _bytes = larger;
        }

        return _bytes.AsMemory(_length);
    }
}
