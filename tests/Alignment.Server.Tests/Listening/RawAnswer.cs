using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace Alignment.Server.Tests.Listening;

/// <summary>What a server sends back for bytes that no HTTP client would send; empty where it sends nothing.</summary>
internal sealed record RawAnswer(byte[] Bytes)
{
    private static readonly byte[] s_blankLine = "\r\n\r\n"u8.ToArray();

    public bool IsEmpty => Bytes.Length == 0;

    /// <summary>The status of the first answer; 0 where it is no HTTP/1.1.</summary>
    public HttpStatusCode Status => Head.StartsWith("HTTP/1.1 ", StringComparison.Ordinal)
        ? (HttpStatusCode)int.Parse(Head.AsSpan(9, 3), NumberStyles.None, CultureInfo.InvariantCulture)
        : 0;

    /// <summary>Everything before the first blank line.</summary>
    public string Head => Encoding.Latin1.GetString(Bytes.AsSpan(0, End));

    /// <summary>Everything behind it.</summary>
    public byte[] Body => Bytes[Math.Min(End + s_blankLine.Length, Bytes.Length)..];

    private int End => Bytes.AsSpan().IndexOf(s_blankLine) is >= 0 and var end ? end : Bytes.Length;

    public string? Header(string name) => Head.Split("\r\n")
        .Where(line => line.StartsWith(name + ":", StringComparison.OrdinalIgnoreCase))
        .Select(line => line[(name.Length + 1)..].Trim())
        .SingleOrDefault();

    /// <summary>
    /// Sends the bytes and reads until the server closes, or for so long says nothing; half a minute where a test waits for its closing.
    /// </summary>
    public static async Task<RawAnswer> ToAsync(string url, byte[] request, TimeSpan? patience = null)
    {
        var uri = new Uri(url);
        using var client = new TcpClient();
        await client.ConnectAsync(uri.Host, uri.Port);
        NetworkStream stream = client.GetStream();
        using var answer = new MemoryStream();
        byte[] piece = new byte[4096];
        try
        {
            await stream.WriteAsync(request);
            int read;
            while ((read = await stream.ReadAsync(piece).AsTask().WaitAsync(patience ?? TimeSpan.FromSeconds(30))) > 0)
            {
                answer.Write(piece, 0, read);
            }
        }
        catch (Exception fault) when (fault is IOException || (fault is TimeoutException && patience is not null))
        {
            // A server that has refused the head may close before it has read the rest.
        }

        return new RawAnswer(answer.ToArray());
    }
}
