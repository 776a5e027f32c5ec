using System.Buffers;
using Alignment.Server.Errors;
using Alignment.Server.Requests.Bodies;
using Microsoft.AspNetCore.Http;

namespace Alignment.Server.Tests.Bodies;

/// <summary>A body's memory: grows with what arrives, ends at the bound, goes back.</summary>
public sealed class BodyBufferTests
{
    private readonly CountingPool _pool = new();

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(16 * 1024)]
    [InlineData((16 * 1024) + 1)]
    [InlineData(100_000)]
    public async Task Every_byte_arrives_in_whatever_pieces_it_comes(int length)
    {
        byte[] sent = Bytes(length);
        BodyBuffer body = await BodyBuffer.ReadAsync(Request(new Pieces(sent)), 100_000, _pool);
        Assert.Equal(sent, body.Bytes.ToArray());
        Assert.Single(_pool.Rented);
        body.Dispose();
        Assert.Empty(_pool.Rented);
        Assert.True(body.Bytes.IsEmpty);
    }

    [Fact]
    public async Task A_length_that_is_too_large_is_refused_before_anything_is_read()
    {
        var body = new Pieces(Bytes(21));
        await RefusedAsync(body, announced: 21);
        Assert.Equal(0, body.Position);
        using BodyBuffer allowed = await BodyBuffer.ReadAsync(Request(new Pieces(Bytes(20)), announced: 20), 20, _pool);
        Assert.Equal(20, allowed.Bytes.Length);
    }

    [Fact]
    public async Task A_body_that_grows_too_large_is_refused_and_its_memory_given_back()
    {
        await RefusedAsync(new Pieces(Bytes(21)), announced: null);
        await RefusedAsync(new Pieces(Bytes(21)), announced: 3);
    }

    [Fact]
    public async Task A_client_that_leaves_gets_nothing_and_its_memory_goes_back()
    {
        HttpRequest request = Request(new Pieces(Bytes(100_000)));
        request.HttpContext.RequestAborted = new CancellationToken(canceled: true);
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => BodyBuffer.ReadAsync(request, 100_000, _pool));
        Assert.Empty(_pool.Rented);
    }

    private async Task RefusedAsync(Stream body, long? announced)
    {
        ApiException refused = await Assert.ThrowsAsync<ApiException>(() => BodyBuffer.ReadAsync(Request(body, announced), 20, _pool));
        Assert.Equal(413, refused.Status);
        Assert.Contains("20 bytes", refused.Message, StringComparison.Ordinal);
        Assert.Empty(_pool.Rented);
    }

    private static byte[] Bytes(int length) => [.. Enumerable.Range(0, length).Select(i => (byte)(i % 251))];

    private static HttpRequest Request(Stream body, long? announced = null)
    {
        HttpRequest request = new DefaultHttpContext().Request;
        (request.Body, request.ContentLength) = (body, announced);
        return request;
    }

    /// <summary>Gives at most a thousand bytes at a time, as a network does.</summary>
    private sealed class Pieces(byte[] bytes) : MemoryStream(bytes)
    {
        public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
            => base.ReadAsync(buffer[..Math.Min(1000, buffer.Length)], cancellationToken);
    }

    /// <summary>Knows what is out.</summary>
    private sealed class CountingPool : ArrayPool<byte>
    {
        public HashSet<byte[]> Rented { get; } = [];

        public override byte[] Rent(int minimumLength)
        {
            byte[] array = new byte[minimumLength];
            Rented.Add(array);
            return array;
        }

        public override void Return(byte[] array, bool clearArray = false) => Assert.True(Rented.Remove(array));
    }
}
