using Alignment.Compute.Contract.NextToken;
using Alignment.Inference.Constraints;
using Alignment.Inference.Sessions;

namespace Alignment.Inference.Tests.Constraints;

/// <summary>What is counted is what a count of the tokens from the beginning gives, wherever a sequence has been.</summary>
public sealed class CountingConstraintTests
{
    private const int Prompt = 5;
    private const int Vocabulary = 4;

    private static readonly NextTokenRule s_penalties = new() { PresencePenalty = 1 };

    /// <summary>On, back as far as into the prompt, and apart; the method's constraint is told what is behind the prompt alone.</summary>
    [Theory]
    [InlineData(1), InlineData(2), InlineData(3), InlineData(4)]
    public void Any_way_on_back_and_apart_counts_as_from_the_beginning(int seed)
    {
        Random random = new(seed);
        List<int> tokens = [.. Enumerable.Range(0, Prompt).Select(_ => random.Next(Vocabulary))];
        Told told = new();
        CountingConstraint constraint = new(new GuardedConstraint(told, Vocabulary), Prompt);
        int begin = random.Next(100);
        for (int i = 0; i < 400; i++)
        {
            if (i >= begin)
            {
                constraint.CountFor(new NextTokenRule(), [.. tokens]);
                constraint.CountFor(s_penalties, [.. tokens]);
            }

            switch (random.Next(5))
            {
                case 0 when tokens.Count > 0:
                    constraint.Rewind(tokens[^1]);
                    tokens.RemoveAt(tokens.Count - 1);
                    break;
                case 1:
                    CountingConstraint other = constraint.Fork();
                    other.Accept(1);
                    break;
                case 2:
                    constraint = constraint.Fork();
                    told = told.LastFork!;
                    break;
                default:
                    tokens.Add(random.Next(Vocabulary));
                    constraint.Accept(tokens[^1]);
                    break;
            }

            AssertCounts(constraint.Counts, [.. tokens], Prompt);
            Assert.Equal(tokens.Skip(Prompt), told.Tokens);
            Assert.Equal(tokens.Count >= Prompt, constraint.Mask is not null);
        }
    }

    [Fact]
    public void Nothing_is_counted_before_a_rule_has_penalties()
    {
        CountingConstraint constraint = new(null, Prompt);
        constraint.CountFor(new NextTokenRule(), [1, 2, 3, 1, 1]);
        constraint.Accept(3);
        Assert.Null(constraint.Counts);
        Assert.Null(constraint.Fork().Counts);
    }

    internal static void AssertCounts(Sequence sequence)
        => AssertCounts(sequence.Constraint.Counts, sequence.Tokens.ToArray(), sequence.PromptLength);

    private static void AssertCounts(TokenCounts? counts, int[] tokens, int prompt)
    {
        if (counts is null)
        {
            return;
        }

        var expected = tokens.Select((token, i) => (token, i)).GroupBy(pair => pair.token)
            .ToDictionary(group => group.Key, group => (group.Count(pair => pair.i < prompt), group.Count(pair => pair.i >= prompt)));
        Assert.Equal(expected.Count, counts.Count);
        foreach ((int token, TokenCounts.Occurrences occurrences) in counts)
        {
            Assert.Equal(expected[token], (occurrences.Prompt, occurrences.Response));
        }
    }

    /// <summary>Keeps what it is told.</summary>
    private sealed class Told : IConstraint
    {
        public List<int> Tokens { get; } = [];

        public Told? LastFork { get; private set; }

        public TokenMask? Mask { get; } = new(Vocabulary);

        public int? Forced => null;

        public void Accept(int token) => Tokens.Add(token);

        public void Rewind(int token)
        {
            Assert.Equal(Tokens[^1], token);
            Tokens.RemoveAt(Tokens.Count - 1);
        }

        public IConstraint Fork()
        {
            LastFork = new Told();
            LastFork.Tokens.AddRange(Tokens);
            return LastFork;
        }
    }
}
