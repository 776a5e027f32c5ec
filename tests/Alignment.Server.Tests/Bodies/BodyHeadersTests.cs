using Alignment.Server.Errors;
using Alignment.Server.Requests.Bodies;
using Microsoft.AspNetCore.Http;

namespace Alignment.Server.Tests.Bodies;

/// <summary>What a body's headers may say, without HTTP.</summary>
public sealed class BodyHeadersTests
{
    [Theory]
    [InlineData("application/json", null)]
    [InlineData("application/json", "identity")]
    [InlineData("application/json", "Identity")]
    [InlineData("application/json; charset=utf-8", null)]
    [InlineData("application/json; charset=\"UTF-8\"", null)]
    [InlineData("application/vnd.client+json", null)]
    public void Plain_JSON_in_UTF8_is_taken(string type, string? coding) => BodyHeaders.Check(Request(type, coding));

    [Theory]
    [InlineData(null, null, "Content-Type: application/json is required", false)]
    [InlineData("text/plain", null, "Content-Type: application/json is required", false)]
    [InlineData("application/json", "gzip", "Content-Encoding: gzip is not supported", true)]
    [InlineData("application/json; charset=latin1", "identity, br", "Content-Encoding: identity, br is not supported", true)]
    [InlineData("application/json; charset=latin1", null, "charset latin1 is not supported", false)]
    public void Anything_else_is_refused_for_what_it_is(string? type, string? coding, string reason, bool saysCodings)
    {
        HttpRequest request = Request(type, coding);
        ApiException refused = Assert.Throws<ApiException>(() => BodyHeaders.Check(request));
        Assert.Equal(415, refused.Status);
        Assert.Contains(reason, refused.Message, StringComparison.Ordinal);
        Assert.Equal(saysCodings ? "identity" : "", request.HttpContext.Response.Headers.AcceptEncoding.ToString());
    }

    private static HttpRequest Request(string? type, string? coding)
    {
        HttpRequest request = new DefaultHttpContext().Request;
        request.ContentType = type;
        request.Headers.ContentEncoding = coding;
        return request;
    }
}
