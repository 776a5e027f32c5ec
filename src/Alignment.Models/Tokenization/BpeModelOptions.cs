namespace Alignment.Models.Tokenization;

/// <summary>What a byte-pair model does besides merging.</summary>
/// <param name="ControlIds">
/// Tokens that no text may become here: they are found by <see cref="AddedTokenMatcher"/> where the caller allows it.
/// </param>
/// <param name="UnknownId"><c>unk_token</c>; null drops characters that are not in the vocabulary.</param>
/// <param name="FuseUnknown"><c>fuse_unk</c>: a run of unknown characters is one token.</param>
/// <param name="ByteIds">
/// <c>byte_fallback</c>: ids of the 256 tokens <c>&lt;0x00&gt;</c>...<c>&lt;0xFF&gt;</c>, -1 for those that are missing; null where it is
/// off.
/// </param>
/// <param name="IgnoreMerges"><c>ignore_merges</c>: a word that is a token is that token, even where no merges lead to it.</param>
internal sealed record BpeModelOptions(IReadOnlySet<int> ControlIds, int? UnknownId, bool FuseUnknown, int[]? ByteIds, bool IgnoreMerges);
