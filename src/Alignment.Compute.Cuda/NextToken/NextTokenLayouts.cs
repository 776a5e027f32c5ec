using System.Runtime.InteropServices;

namespace Alignment.Compute.Cuda.NextToken;

/// <summary><c>NextTokenInput</c> of next_token.cuh.</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct NextTokenInput
{
    public nint Logits;
    public nint Scores;
    public ulong Seed;
    public ulong Position;
    public ulong Stream;
    public int Vocabulary;
    public int FirstGuide;
    public int Guides;
    public int FirstCount;
    public int Counts;
    public int FirstBias;
    public int Biases;
    public int TopK;
    public int FirstTop;
    public int Top;
    public int Report;
    public int Given;
    public int FirstMask;
    public float Temperature;
    public float TopP;
    public float MinP;
    public float Repetition;
    public float Frequency;
    public float Presence;
    public float GuideFloor;
}

/// <summary><c>GuideInput</c>.</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct GuideInput
{
    public nint Logits;
    public float Weight;
    public int Unused;
}

/// <summary><c>CountInput</c>.</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct CountInput
{
    public int Token;
    public int Prompt;
    public int Response;
}

/// <summary><c>BiasInput</c>.</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct BiasInput
{
    public int Token;
    public float Value;
}

/// <summary><c>NextTokenOutput</c>.</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct NextTokenOutput
{
    public double Divergence;
    public int Token;
    public float LogProbability;
    public float Frozen;
    public float Sampled;
}

/// <summary><c>TopOutput</c>.</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct TopOutput
{
    public int Token;
    public float LogProbability;
}
