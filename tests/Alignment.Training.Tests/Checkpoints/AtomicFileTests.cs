using Alignment.Tests;
using Alignment.Training.Checkpoints;

namespace Alignment.Training.Tests.Checkpoints;

/// <summary>A written file is the old one or the whole new one, and lies nowhere else than where it was asked for.</summary>
public sealed class AtomicFileTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void A_failed_write_leaves_the_old_file_and_nothing_else()
    {
        string path = _folder.File("x");
        File.WriteAllText(path, "old");
        Assert.Throws<IOException>(() => AtomicFile.Write(path, stream =>
        {
            stream.Write("new"u8);
            throw new IOException("disk full");
        }));
        Assert.Equal("old", File.ReadAllText(path));
        Assert.Equal([path], Directory.GetFiles(_folder.Path));
    }

    [Fact]
    public void Links_at_the_place_or_beside_it_are_not_followed()
    {
        string precious = _folder.File("precious");
        File.WriteAllText(precious, "precious");
        File.CreateSymbolicLink(_folder.File("x"), precious);
        File.CreateSymbolicLink(_folder.File("x.tmp"), precious);
        AtomicFile.Write(_folder.File("x"), stream => stream.Write("new"u8));
        Assert.Equal(("new", "precious"), (File.ReadAllText(_folder.File("x")), File.ReadAllText(precious)));
        Assert.Null(new FileInfo(_folder.File("x")).LinkTarget);
    }

    [Fact]
    public void A_tokenizer_replaces_a_link_too()
    {
        string precious = _folder.File("precious");
        File.WriteAllText(precious, "precious");
        foreach (string name in new[] { "tokenizer.json", "tokenizer_config.json" })
        {
            File.CreateSymbolicLink(_folder.File(name), precious);
        }

        TrainedTokenizer.Train(_folder.Path).Dispose();
        Assert.Equal("precious", File.ReadAllText(precious));
        Assert.StartsWith("{", File.ReadAllText(_folder.File("tokenizer.json")), StringComparison.Ordinal);
    }

    [Fact]
    public void What_a_killed_process_left_goes_and_nothing_else()
    {
        string[] names = ["run.state", "run.state.abc.tmp", "other.abc.tmp", "run.state.tmpl"];
        Array.ForEach(names, name => File.WriteAllText(_folder.File(name), ""));
        AtomicFile.RemoveUnfinished(_folder.File("run.state"));
        AtomicFile.RemoveUnfinished(_folder.File("nowhere/run.state"));
        Assert.Equal(
            ["other.abc.tmp", "run.state", "run.state.tmpl"],
            Directory.GetFiles(_folder.Path).Select(Path.GetFileName).Order(StringComparer.Ordinal));
    }
}
