namespace Alignment.Rewards.Heads;

/// <summary>At which token a value head was trained to read the hidden state: the field <c>reads</c> of its config.</summary>
public static class HeadReads
{
    /// <summary>At the end of the turn: a response without one is closed before it is scored.</summary>
    public const string EndOfTurn = "end_of_turn";

    /// <summary>At every token: a response is scored at its last one, finished or not.</summary>
    public const string LastToken = "last_token";
}
