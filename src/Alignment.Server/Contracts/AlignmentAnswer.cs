using Alignment.Decoding.Responses;

namespace Alignment.Server.Contracts;

/// <summary>The extension of the answer; only where the request asked for a report.</summary>
/// <param name="Report">Rewards and divergence token by token, every candidate, and the forward tokens spent.</param>
internal sealed record AlignmentAnswer(AlignmentReport Report);
