namespace Alignment.Server.Requests.Fields;

/// <summary>The objects that a request is made of.</summary>
internal static class Places
{
    public const string AnyBody = "";
    public const string Chat = "chat";
    public const string Completion = "completion";
    public const string Tokenize = "tokenize";
    public const string Detokenize = "detokenize";
    public const string Feedback = "feedback";
    public const string StreamOptions = "stream_options";
    public const string Message = "message";
    public const string Part = "part";

    public static bool IsBody(string place) => place is Chat or Completion or Tokenize or Detokenize;
}
