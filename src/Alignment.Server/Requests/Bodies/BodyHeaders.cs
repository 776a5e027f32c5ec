using Alignment.Decoding.Problems;
using Alignment.Server.Errors;
using Microsoft.Net.Http.Headers;

namespace Alignment.Server.Requests.Bodies;

/// <summary>
/// What a body's headers may say. A body is JSON in UTF-8, as RFC 8259 asks for, and comes as it is: no client of OpenAI's API compresses
/// requests, and a compressed one would have to be unpacked before its size is known.
/// </summary>
internal static class BodyHeaders
{
    private const int MaxShown = 60;

    /// <exception cref="ApiException">415: no type or another one, another charset, or any content coding.</exception>
    public static void Check(HttpRequest request)
    {
        // Routing lets a body without any type pass; a page of another origin can send one without asking first.
        if (!request.HasJsonContentType())
        {
            throw Unsupported("The header Content-Type: application/json is required.");
        }

        string coding = request.Headers.ContentEncoding.ToString();
        if (coding.Length > 0 && !coding.Equals("identity", StringComparison.OrdinalIgnoreCase))
        {
            // RFC 9110, 15.5.16: says that the coding was the reason, and which one to use.
            request.HttpContext.Response.Headers.AcceptEncoding = "identity";
            throw Unsupported($"The header Content-Encoding: {Excerpt.Of(coding, MaxShown)} is not supported; send the body as it is.");
        }

        string charset = MediaTypeHeaderValue.Parse(request.ContentType).Charset.ToString().Trim('"');
        if (charset.Length > 0 && !charset.Equals("utf-8", StringComparison.OrdinalIgnoreCase))
        {
            throw Unsupported($"The charset {Excerpt.Of(charset, MaxShown)} is not supported; send UTF-8.");
        }
    }

    private static ApiException Unsupported(string message) => ApiException.Invalid(StatusCodes.Status415UnsupportedMediaType, message);
}
