using System.Runtime.InteropServices;

namespace Alignment.Compute.Cuda.Attention;

/// <summary><c>AttentionTile</c> of attention.cu: up to 16 queries that share a key head and a sequence.</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct AttentionTile
{
    public int FirstRow;
    public int FirstHead;
    public int Queries;
    public int RowHeads;
}
