using Alignment.Feedback.Records;
using Alignment.Feedback.Storage;
using Alignment.Tests;
using Microsoft.Data.Sqlite;

namespace Alignment.Feedback.Tests;

public sealed class FeedbackDatabaseTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly string _path;

    public FeedbackDatabaseTests() => _path = _folder.File("feedback.db");

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void What_is_stored_is_there_when_it_is_opened_again()
    {
        CompletionRecord completion = Samples.Completion("c", choices: ["one", "zwei \u20ac \U0001F600 \"x\""]);
        using (FeedbackDatabase first = FeedbackDatabase.Open(_path))
        {
            first.Put(completion);
            Assert.Empty(first.Put(Samples.Thumb("c", true, 1)).Problems);
            Assert.Empty(first.Put(Samples.Ranking("c", 1, 0)).Problems);
            Assert.Empty(first.Put(Samples.Correction("c", "better", 0)).Problems);
        }

        using FeedbackDatabase again = FeedbackDatabase.OpenExisting(_path);
        JudgedCompletion judged = Assert.Single(again.ReadJudged(FeedbackSelection.All));
        Assert.Equal(completion.Messages, judged.Completion.Messages);
        Assert.Equal(completion.Choices, judged.Completion.Choices);
        Assert.Equal(completion with { Messages = judged.Completion.Messages, Choices = judged.Completion.Choices }, judged.Completion);
        Assert.Equal([true, null, null], judged.Feedback.Select(feedback => feedback.IsGood));
        Assert.Equal([1, 0], judged.Feedback[1].Ranking);
        Assert.Equal(("better", 0), (judged.Feedback[2].Correction, judged.Feedback[2].Index));
    }

    [Fact]
    public void Only_its_tenant_knows_an_answer()
    {
        using FeedbackDatabase database = FeedbackDatabase.Open(_path);
        database.Put(Samples.Completion("c"));
        Assert.False(database.Put(Samples.Thumb("nothing", true)).IsKnown);
        Assert.False(database.Put(Samples.Thumb("c", true, tenant: "b")).IsKnown);
        Assert.Empty(database.Judged());
        Assert.True(database.Put(Samples.Thumb("c", true)).IsKnown);
        Assert.Equal(["c"], database.Judged());
    }

    [Fact]
    public void Everything_that_does_not_fit_the_answer_is_said_and_nothing_stored()
    {
        using FeedbackDatabase database = FeedbackDatabase.Open(_path);
        database.Put(Samples.Completion("c", choices: ["one", "two"]), Samples.Completion("single"));
        Assert.Equal(["index"], Fields(Samples.Thumb("c", true)));
        Assert.Equal(["index"], Fields(Samples.Thumb("c", true, 2)));
        Assert.Equal(["index"], Fields(Samples.Correction("single", "x", -1)));
        Assert.Equal(["correction"], Fields(Samples.Correction("single", "Answer of single.")));
        Assert.Equal(["index", "ranking[1]"], Fields(Samples.Ranking("c", 0, 7) with { IsGood = false, Index = 9 }));
        Assert.Empty(database.Judged());
        Assert.Empty(Fields(Samples.Thumb("single", true)));

        string[] Fields(FeedbackRecord feedback) => [.. database.Put(feedback).Problems.Select(problem => problem.Field)];
    }

    [Fact]
    public void An_answer_is_judged_a_hundred_times_at_most()
    {
        using FeedbackDatabase database = FeedbackDatabase.Open(_path);
        database.Put(Samples.Completion("c"));
        Assert.All(Enumerable.Range(0, FeedbackDatabase.MaxFeedback), _ => Assert.Empty(database.Put(Samples.Thumb("c", true)).Problems));
        Assert.Equal("completion_id", Assert.Single(database.Put(Samples.Thumb("c", true)).Problems).Field);
    }

    [Fact]
    public void What_nobody_judged_goes_after_the_window_and_the_rest_after_the_retention()
    {
        using FeedbackDatabase database = FeedbackDatabase.Open(_path);
        database.Put(
            Samples.Completion("judged"),
            Samples.Completion("silent"),
            Samples.Completion("new", created: Samples.Noon + TimeSpan.FromHours(20)));
        database.Put(Samples.Thumb("judged", true));
        Assert.Equal(0, database.Trim(Samples.Roomy, Samples.Noon + TimeSpan.FromHours(23)));
        Assert.Equal(1, database.Trim(Samples.Roomy, Samples.Noon + TimeSpan.FromHours(25)));
        Assert.False(database.Put(Samples.Thumb("silent", true)).IsKnown);
        Assert.True(database.Put(Samples.Thumb("new", true)).IsKnown);
        Assert.Equal(1, database.Trim(Samples.Roomy, Samples.Noon + TimeSpan.FromDays(90) + TimeSpan.FromHours(1)));
        Assert.Equal(["new"], database.Judged());
    }

    [Fact]
    public void Of_too_many_the_oldest_go_that_nobody_judged()
    {
        using FeedbackDatabase database = FeedbackDatabase.Open(_path);
        database.Put([.. Enumerable.Range(0, 6).Select(i => Samples.Completion($"c{i}"))]);
        database.Put(Samples.Thumb("c0", true));
        database.Put(Samples.Thumb("c1", true));
        Assert.Equal(3, database.Trim(Samples.Roomy with { MaxCompletions = 3 }, Samples.Noon));
        Assert.True(database.Put(Samples.Thumb("c5", true)).IsKnown);
        Assert.Equal(["c0", "c1", "c5"], database.Judged());
        Assert.Equal(2, database.Trim(Samples.Roomy with { MaxCompletions = 1 }, Samples.Noon));
        Assert.Equal(["c5"], database.Judged());
    }

    [Fact]
    public void The_file_stays_within_its_bound_and_a_full_one_says_so()
    {
        const int MaxBytes = 1 << 20;
        using FeedbackDatabase database = FeedbackDatabase.Open(_path, MaxBytes);
        string text = new('x', 10_000);
        for (int i = 0; i < 200; i++)
        {
            database.Put(Samples.Completion($"c{i}", choices: [text]));
            database.Trim(Samples.Roomy with { MaxBytes = MaxBytes }, Samples.Noon);
        }

        Assert.InRange(new FileInfo(_path).Length, 1, MaxBytes);
        Assert.InRange(database.UsedBytes, MaxBytes / 2, MaxBytes);
        Assert.True(database.Put(Samples.Thumb("c199", true)).IsKnown);
        var full = Assert.Throws<FeedbackUnavailableException>(
            () => database.Put(Samples.Completion("large", choices: [new string('x', 2 * MaxBytes)])));
        Assert.Equal(FeedbackFault.Full, full.Fault);
        Assert.False(database.Put(Samples.Thumb("large", true)).IsKnown);
        database.Put(Samples.Completion("small"));
        Assert.True(database.Put(Samples.Thumb("small", true)).IsKnown);
    }

    [Fact]
    public void A_tenant_s_deletion_leaves_nothing_of_its_texts_in_the_files()
    {
        using (FeedbackDatabase database = FeedbackDatabase.Open(_path))
        {
            database.Put(
                Samples.Completion("mine", "a", choices: ["a-secret-of-mine"]), Samples.Completion("theirs", "b", choices: ["public"]));
            database.Put(Samples.Correction("mine", "a-better-secret"));
            database.Put(Samples.Thumb("theirs", true, tenant: "b"));
            Assert.Contains("a-secret-of-mine", Bytes(), StringComparison.Ordinal);
            Assert.Equal(1, database.DeleteTenant("a"));
            Assert.Equal(["theirs"], database.Judged());
            Assert.DoesNotContain("secret", Bytes(), StringComparison.Ordinal);
            Assert.Equal(0, database.DeleteTenant("a"));
        }

        string Bytes() => string.Concat(Directory.GetFiles(_folder.Path).Select(ReadShared));

        static string ReadShared(string file)
        {
            using var stream = new FileStream(file, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
            using var text = new StreamReader(stream, System.Text.Encoding.Latin1);
            return text.ReadToEnd();
        }
    }

    [Fact]
    public void A_selection_is_of_times_and_of_a_model_with_its_profiles()
    {
        using FeedbackDatabase database = FeedbackDatabase.Open(_path);
        string[] models = ["tiny", "tiny:best", "tiny-two", "other"];
        for (int i = 0; i < models.Length; i++)
        {
            database.Put(Samples.Completion(models[i], model: models[i], created: Samples.Noon + TimeSpan.FromHours(i)));
            database.Put(Samples.Thumb(models[i], true));
        }

        Assert.Equal(["tiny", "tiny:best"], database.Judged(new FeedbackSelection(Model: "tiny")));
        Assert.Equal(["tiny:best"], database.Judged(new FeedbackSelection(Model: "tiny:best")));
        Assert.Equal(
            ["tiny:best", "tiny-two"],
            database.Judged(new FeedbackSelection(Samples.Noon + TimeSpan.FromHours(1), Samples.Noon + TimeSpan.FromHours(3))));
    }

    [Fact]
    public void Two_processes_write_in_turns_and_one_that_waits_in_vain_is_told()
    {
        using FeedbackDatabase first = FeedbackDatabase.Open(_path);
        using FeedbackDatabase second = FeedbackDatabase.Open(_path);
        first.Put(Samples.Completion("of-first"));
        second.Put(Samples.Completion("of-second"));
        Assert.True(second.Put(Samples.Thumb("of-first", true)).IsKnown);
        Assert.True(first.Put(Samples.Thumb("of-second", false)).IsKnown);

        using var other = new SqliteConnection($"Data Source={_path};Pooling=false");
        other.Open();
        using (SqliteTransaction holds = other.BeginTransaction())
        {
            var locked = Assert.Throws<FeedbackUnavailableException>(() => first.Put(Samples.Completion("late")));
            Assert.Equal(FeedbackFault.Locked, locked.Fault);
            Assert.Equal(["of-first", "of-second"], second.Judged());
        }

        first.Put(Samples.Completion("late"));
    }

    [Fact]
    public void A_damaged_file_is_told_from_one_that_is_something_else()
    {
        using (FeedbackDatabase database = FeedbackDatabase.Open(_path))
        {
            database.Put([.. Enumerable.Range(0, 200).Select(i => Samples.Completion($"c{i}", choices: [new string('x', 500)]))]);
        }

        using (FileStream file = File.OpenWrite(_path))
        {
            file.Position = 4096;
            file.Write(Enumerable.Repeat((byte)0xFF, (int)file.Length - 4096).ToArray());
        }

        Assert.Null(FeedbackDatabase.Problem(_path));
        using (FeedbackDatabase damaged = FeedbackDatabase.Open(_path))
        {
            Assert.Equal(
                FeedbackFault.Damaged, Assert.Throws<FeedbackUnavailableException>(() => damaged.Put(Samples.Thumb("c1", true))).Fault);
        }

        string text = _folder.File("notes.txt");
        File.WriteAllText(text, new string('n', 5000));
        Assert.Contains("another kind of file", FeedbackDatabase.Problem(text), StringComparison.Ordinal);
        string foreign = _folder.File("foreign.db");
        using (var connection = new SqliteConnection($"Data Source={foreign};Pooling=false"))
        {
            connection.Open();
            using SqliteCommand command = connection.CreateCommand();
            command.CommandText = "CREATE TABLE theirs (x)";
            command.ExecuteNonQuery();
        }

        Assert.Contains("another kind of file", FeedbackDatabase.Problem(foreign), StringComparison.Ordinal);
        Assert.NotNull(FeedbackDatabase.Problem(_folder.Path));
        Assert.NotNull(FeedbackDatabase.Problem(_folder.File("nowhere/feedback.db")));
    }

    [Fact]
    public void Nobody_else_can_read_the_file()
    {
        FeedbackDatabase.Open(_path).Dispose();
        if (!OperatingSystem.IsWindows())
        {
            Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(_path));
        }
    }

    [Fact]
    public void A_tenant_is_what_sha256sum_says_of_the_key()
        => Assert.Equal("2c70e12b7a0646f9", Tenants.Of("key"));
}
