using System.Net;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json.Nodes;

namespace Alignment.Server.Tests.Bodies;

/// <summary>Bytes that are no JSON in UTF-8, and headers that say so.</summary>
public sealed class BodyFormTests(TinyServer tiny) : IClassFixture<TinyServer>
{
    private const string Path = "/v1/completions";
    private const string Valid = """{"model": "tiny", "prompt": "é", "max_tokens": 1}""";
    private readonly RunningServer _server = tiny.Server;

    [Theory]
    [InlineData("")]
    [InlineData(" ")]
    [InlineData("null")]
    [InlineData("[]")]
    [InlineData("\"text\"")]
    [InlineData("7")]
    [InlineData("{")]
    [InlineData("{}{}")]
    [InlineData(Valid + "x")]
    [InlineData(Valid + Valid)]
    [InlineData(Valid + "\0")]
    [InlineData("""{"model": "tiny", "prompt": "x",}""")]
    [InlineData("""{"model": "tiny", /* why */ "prompt": "x"}""")]
    [InlineData("""{'model': 'tiny'}""")]
    [InlineData("""{"model": "tiny", "prompt": "x", "temperature": NaN}""")]
    [InlineData("""{"model": "tiny", "prompt": "x", "temperature": "NaN"}""")]
    [InlineData("""{"model": "tiny", "prompt": "x", "temperature": Infinity}""")]
    [InlineData("""{"model": "tiny", "prompt": "x", "temperature": -Infinity}""")]
    [InlineData("""{"model": "tiny", "prompt": "x", "temperature": 1e999}""")]
    [InlineData("""{"model": "tiny", "prompt": "x", "temperature": -1e999}""")]
    [InlineData("""{"model": "tiny", "prompt": "x", "temperature": 01}""")]
    [InlineData("""{"model": "tiny", "prompt": "x", "logit_bias": {"1": 1e999}}""")]
    [InlineData("""{"model": "tiny", "prompt": "x", "max_tokens": 1e999}""")]
    [InlineData("""{"model": "tiny", "prompt": "x", "seed": 1e999}""")]
    [InlineData("""{"model": "tiny", "prompt": "x", "n": 1, "n": 1}""")]
    [InlineData("""{"model": "tiny", "prompt": "x", "n": 1, "\u006e": 1}""")]
    [InlineData("""{"model": "tiny", "prompt": "x", "metadata": {"a": {"b": 1, "b": 2}}}""")]
    [InlineData("""{"model": "tiny", "prompt": "x", "alignment": {"report": true, "report": false}}""")]
    [InlineData("""{"model": "tiny", "metadata": [[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]}""")]
    [InlineData("""{"model": "tiny", "prompt": "x", "alignment": {"guidance": [{"source": "head", "weight": 1e999}]}}""")]
    [InlineData("""{"model": "tiny", "prompt": "x", "alignment": {"search": {"method": "best_of_n", "n": 99999999999999999999}}}""")]
    public async Task What_is_no_JSON_or_no_request_is_a_400(string body)
    {
        using HttpResponseMessage response = await _server.SendAsync(Path, body);
        await ErrorShape.OfAsync(response);
        Assert.Equal(HttpStatusCode.BadRequest, response.StatusCode);
    }

    [Theory]
    [InlineData("""{"n": 1, "alignment": {"report": 1, "report": 2}, "n": 1}""", "alignment.report: is given twice; n: is given twice")]
    [InlineData("{\n  \"model\": tiny\n}", "'i' is not expected (line 2, byte")]
    [InlineData("{\n  \"model\": NaN\n}", "(line 2, byte 12)")]
    [InlineData("[]", "must be a JSON object")]
    public async Task The_answer_says_what_is_wrong_and_where(string body, string expected)
    {
        using HttpResponseMessage response = await _server.SendAsync(Path, body);
        Assert.Contains(expected, (string?)(await ErrorShape.OfAsync(response))["message"], StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(new byte[] { 0xFF })]
    [InlineData(new byte[] { 0xC3 })]
    [InlineData(new byte[] { 0xC0, 0x80 })]
    [InlineData(new byte[] { 0xED, 0xA0, 0xBD })]
    [InlineData(new byte[] { 0xF4, 0x90, 0x80, 0x80 })]
    [InlineData(new byte[] { 0xE2, 0x82 })]
    public async Task Bytes_that_are_no_UTF8_are_refused_and_not_replaced(byte[] wrong)
    {
        foreach (string place in (string[])["\"prompt\": \"*\"", "\"prompt\": \"x\", \"user\": \"*\"", "\"prompt\": \"x\", \"*\": 1"])
        {
            string[] parts = ("{\"model\": \"tiny\", \"max_tokens\": 1, " + place + "}").Split('*');
            byte[] body = [.. Encoding.UTF8.GetBytes(parts[0]), .. wrong, .. Encoding.UTF8.GetBytes(parts[1])];
            using HttpResponseMessage response = await PostAsync(body, "application/json");
            JsonObject error = await ErrorShape.OfAsync(response);
            Assert.Equal("The body is not valid UTF-8.", (string?)error["message"]);
        }
    }

    [Fact]
    public async Task A_byte_order_mark_is_no_part_of_the_body()
    {
        using HttpResponseMessage marked = await PostAsync([0xEF, 0xBB, 0xBF, .. Encoding.UTF8.GetBytes(Valid)], "application/json");
        Assert.Equal(HttpStatusCode.OK, marked.StatusCode);
    }

    [Fact]
    public async Task Other_encodings_are_refused_whether_they_are_named_or_not()
    {
        foreach (Encoding encoding in (Encoding[])[Encoding.Unicode, Encoding.BigEndianUnicode, Encoding.UTF32, Encoding.Latin1])
        {
            using HttpResponseMessage bare = await PostAsync(encoding.GetBytes(Valid), "application/json");
            byte[] mark = encoding.GetPreamble();
            using HttpResponseMessage marked = await PostAsync([.. mark, .. encoding.GetBytes(Valid)], "application/json");
            using HttpResponseMessage named = await PostAsync(encoding.GetBytes(Valid), $"application/json; charset={encoding.WebName}");
            Assert.Equal(HttpStatusCode.BadRequest, bare.StatusCode);
            Assert.Equal(HttpStatusCode.BadRequest, marked.StatusCode);
            Assert.Equal(HttpStatusCode.UnsupportedMediaType, named.StatusCode);
            Assert.Contains(encoding.WebName, (string?)(await ErrorShape.OfAsync(named))["message"], StringComparison.Ordinal);
        }
    }

    [Theory]
    [InlineData("application/json", HttpStatusCode.OK)]
    [InlineData("Application/JSON; charset=UTF-8", HttpStatusCode.OK)]
    [InlineData("application/json; charset=\"utf-8\"", HttpStatusCode.OK)]
    [InlineData("application/vnd.client+json", HttpStatusCode.OK)]
    [InlineData(null, HttpStatusCode.UnsupportedMediaType)]
    [InlineData("", HttpStatusCode.UnsupportedMediaType)]
    [InlineData(";;;", HttpStatusCode.UnsupportedMediaType)]
    [InlineData("text/plain", HttpStatusCode.UnsupportedMediaType)]
    [InlineData("text/json", HttpStatusCode.UnsupportedMediaType)]
    [InlineData("multipart/form-data; boundary=x", HttpStatusCode.UnsupportedMediaType)]
    [InlineData("application/x-www-form-urlencoded", HttpStatusCode.UnsupportedMediaType)]
    public async Task Only_JSON_is_taken(string? type, HttpStatusCode status)
    {
        using HttpResponseMessage response = await PostAsync(Encoding.UTF8.GetBytes(Valid), type);
        Assert.Equal(status, response.StatusCode);
        if (status != HttpStatusCode.OK)
        {
            Assert.Contains("application/json", (string?)(await ErrorShape.OfAsync(response))["message"], StringComparison.Ordinal);
        }
    }

    [Theory]
    [InlineData("gzip")]
    [InlineData("br")]
    [InlineData("deflate")]
    [InlineData("zstd")]
    [InlineData("identity, gzip")]
    public async Task Compressed_bodies_are_refused_by_name(string coding)
    {
        using var content = new ByteArrayContent(Encoding.UTF8.GetBytes(Valid));
        content.Headers.ContentType = new MediaTypeHeaderValue("application/json");
        content.Headers.TryAddWithoutValidation("Content-Encoding", coding);
        using HttpResponseMessage response = await _server.Client.PostAsync(Path, content);
        Assert.Equal(HttpStatusCode.UnsupportedMediaType, response.StatusCode);
        Assert.Contains(coding, (string?)(await ErrorShape.OfAsync(response))["message"], StringComparison.Ordinal);
        Assert.Equal("identity", response.Headers.GetValues("Accept-Encoding").Single());
    }

    private async Task<HttpResponseMessage> PostAsync(byte[] body, string? type)
    {
        using var content = new ByteArrayContent(body);
        if (type is not null)
        {
            content.Headers.TryAddWithoutValidation("Content-Type", type);
        }

        return await _server.Client.PostAsync(Path, content);
    }
}
