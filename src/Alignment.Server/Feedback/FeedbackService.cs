using Alignment.Feedback;
using Alignment.Feedback.Storage;
using Alignment.Server.Configuration;
using Microsoft.Extensions.Options;

namespace Alignment.Server.Feedback;

/// <summary>The feedback database of this server, where it is configured to have one. Owns it.</summary>
internal sealed partial class FeedbackService : IAsyncDisposable
{
    private static readonly TimeSpan s_logEvery = TimeSpan.FromSeconds(10);

    private readonly ILogger<FeedbackService> _log;
    private readonly TimeProvider _time;
    private readonly Lock _lock = new();
    private long? _logged;

    public FeedbackService(IOptions<ServerOptions> options, TimeProvider time, ILogger<FeedbackService> log)
    {
        (_log, _time, FeedbackOptions feedback) = (log, time, options.Value.Feedback);
        var limits = new FeedbackLimits(feedback.Window, feedback.Retention, feedback.MaxCompletions, feedback.MaxBytes);
        Store = feedback.Database.Length > 0 ? new FeedbackStore(feedback.Database, limits, time, Tell) : null;
    }

    /// <summary>Null: nothing is remembered, and nothing can be judged.</summary>
    public FeedbackStore? Store { get; }

    public ValueTask DisposeAsync() => Store?.DisposeAsync() ?? ValueTask.CompletedTask;

    /// <summary>Comes for every batch and every answer; a line every few seconds says as much.</summary>
    private void Tell(FeedbackUnavailableException fault)
    {
        lock (_lock)
        {
            if (_logged is { } last && _time.GetElapsedTime(last) < s_logEvery)
            {
                return;
            }

            _logged = _time.GetTimestamp();
        }

        LogFault(fault.Message, fault.InnerException?.Message);
    }

    [LoggerMessage(Level = LogLevel.Error, Message = "{Problem} What is answered meanwhile cannot be judged later. ({Cause})")]
    private partial void LogFault(string problem, string? cause);
}
