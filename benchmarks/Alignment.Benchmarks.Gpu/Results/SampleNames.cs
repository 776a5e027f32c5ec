namespace Alignment.Benchmarks.Gpu.Results;

/// <summary>
/// Rows of the report; what begins with "transformers" or "torch" is measured by benchmarks/peers/transformers_decode.py.
/// </summary>
internal static class SampleNames
{
    public const string Copy = "copy";
    public const string DecodeOne = "decode, one sequence";
    public const string GuidedOne = "decode guided by an adapter, one sequence";
    public const string HeadOne = "decode guided by a head, one sequence";
    public const string DecodeMany = "decode, large batch";
    public const string GuidedMany = "decode guided by an adapter, large batch";
    public const string HeadMany = "decode guided by a head, large batch";
    public const string Prefill = "prefill";
    public const string NextToken = "next-token rule, 4 guides";
    public const string TruncatedNextToken = "next-token rule, 4 guides, top-k and top-p";

    public const string MatMul = "matmul";
    public const string LibraryMatMul = "matmul by cuBLASLt";
    public const string LibraryPrefill = "prefill by cuBLASLt";

    public const string PeerMatMul = "torch matmul";
    public const string PeerDecodeOne = "transformers decode, one sequence";
    public const string PeerDecodeMany = "transformers decode, large batch";
    public const string PeerPrefill = "transformers prefill";
    public const string PeerGuidedOne = "transformers guided decode, one sequence";

    /// <summary>What this program measures, in the report's order.</summary>
    public static readonly string[] Own =
    [
        Copy, DecodeOne, GuidedOne, HeadOne, DecodeMany, GuidedMany, HeadMany, Prefill, MatMul, NextToken, TruncatedNextToken,
    ];

    /// <summary>What it measures where cuBLASLt is installed.</summary>
    public static readonly string[] Library = [LibraryPrefill, LibraryMatMul];

    /// <summary>What the peers measure.</summary>
    public static readonly string[] Peers = [PeerMatMul, PeerDecodeOne, PeerGuidedOne, PeerDecodeMany, PeerPrefill];
}
