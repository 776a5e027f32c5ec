namespace Alignment.Decoding.Text;

/// <summary>Where the text of a conversation ends.</summary>
public enum ChatEnding
{
    /// <summary>Behind the opening of the assistant's next turn: the model answers.</summary>
    NextTurn,

    /// <summary>Behind the last turn.</summary>
    LastTurn,

    /// <summary>Behind the content of the last turn, which the model continues.</summary>
    LastContent,
}
