using System.Net.Sockets;
using System.Text;
using Alignment.Decoding;

namespace Alignment.Server.Tests;

/// <summary>A client that asks for a stream and does not read it until it is told to.</summary>
internal sealed class StalledClient : IDisposable
{
    private const string Path = "/v1/chat/completions";

    /// <summary>More than the buffers between server and client take, and more than one request may have waiting.</summary>
    private const string Body = """
        {"model": "tiny", "messages": [{"role": "user", "content": "x"}], "stream": true, "n": 16, "max_tokens": 400,
         "ignore_eos": true, "logprobs": true, "top_logprobs": 20}
        """;

    private readonly TcpClient _client = new() { ReceiveBufferSize = 4096 };

    private StalledClient()
    {
    }

    /// <summary>Asks, and returns when the generation stands still because nobody reads.</summary>
    public static async Task<StalledClient> StartAsync(string url, IGenerator generator)
    {
        var stalled = new StalledClient();
        await stalled._client.ConnectAsync("127.0.0.1", new Uri(url).Port);
        string head = $"POST {Path} HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: {Body.Length}\r\n\r\n";
        await stalled._client.GetStream().WriteAsync(Encoding.ASCII.GetBytes(head + Body));
        (long chosen, int quiet) = (0, 0);
        while (quiet < 10)
        {
            await Task.Delay(50);
            quiet = chosen > 0 && generator.Statistics.ChosenTokens == chosen ? quiet + 1 : 0;
            chosen = generator.Statistics.ChosenTokens;
        }

        Assert.True(chosen < 16 * 400, "everything that was asked for found room");
        return stalled;
    }

    /// <summary>Reads everything that there is to the end of the answer or of the connection.</summary>
    public async Task<string> ReadAsync()
    {
        using var answer = new MemoryStream();
        byte[] piece = new byte[1 << 16];
        try
        {
            int read;
            while ((read = await _client.GetStream().ReadAsync(piece)) > 0)
            {
                answer.Write(piece, 0, read);
                if (piece.AsSpan(0, read).EndsWith("\r\n0\r\n\r\n"u8))
                {
                    break;
                }
            }
        }
        catch (IOException)
        {
            // The server has ended the connection.
        }

        return Encoding.UTF8.GetString(answer.ToArray());
    }

    public void Dispose() => _client.Dispose();
}
