namespace Alignment.Compute.Cuda.NextToken;

/// <summary>How next_token.cuh cuts a row, and what it keeps for each tile.</summary>
internal static class NextTokenTiles
{
    /// <summary>MOST_VOCABULARY.</summary>
    public const int MostVocabulary = 262_144;

    /// <summary>TILE.</summary>
    public const int Size = 2048;

    /// <summary>TILES.</summary>
    public const int Most = MostVocabulary / Size;

    /// <summary>Bytes of a <c>SourceTile</c>.</summary>
    public const int SourceBytes = 16;

    /// <summary>Bytes of a <c>ScoreTile</c>.</summary>
    public const int ScoreBytes = 24;

    /// <summary>Bytes of a <c>TileWeight</c>.</summary>
    public const int WeightBytes = 16;

    /// <summary>Bytes of a <c>RowState</c>.</summary>
    public const int StateBytes = 48;

    /// <summary>Bytes of a row's counts by digit: DIGITS.</summary>
    public const int CountBytes = 2048 * sizeof(ulong);

    /// <summary>Digits of a key: LAST_LEVEL + 1.</summary>
    public const int Levels = 3;
}
