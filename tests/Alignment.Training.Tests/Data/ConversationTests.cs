using Alignment.Training.Data;
using Alignment.Training.Data.Preferences;

namespace Alignment.Training.Tests.Data;

public sealed class ConversationTests
{
    [Fact]
    public void Successive_turns_of_one_role_become_one_and_empty_turns_vanish() =>
        Assert.Equal(
            [new Turn("user", "a b"), new Turn("assistant", "c")],
            Conversation.Alternate([new("user", " a "), new("assistant", "  "), new("user", "b"), new("assistant", "c")]));

    [Fact]
    public void A_transcript_is_split_at_its_marks() =>
        Assert.Equal(
            [new Turn("user", "Hi\n\nthere"), new Turn("assistant", "Yes?"), new Turn("user", "What is a Human: thing?")],
            Transcript.Parse("\n\nHuman: Hi\n\nthere\n\nAssistant: Yes?\n\nHuman: What is a Human: thing?\n\nAssistant:"));

    [Fact]
    public void A_reply_ends_where_the_human_goes_on() => Assert.Equal("Sure.", Transcript.FirstReply(" Sure.\n\nHuman: Thanks"));
}
