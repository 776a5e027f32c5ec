using System.Diagnostics;
using Alignment.Compute.Reference;
using Alignment.Models.Files;
using Alignment.Models.Transformers;
using Alignment.Tests;
using Alignment.Tests.Models;

namespace Alignment.Models.Tests.Checkpoints;

/// <summary>
/// Folders of links, as Hugging Face's cache keeps them, load as what they lead to; a link cannot lead to what is no file.
/// </summary>
public sealed class LinkedFilesTests : IDisposable
{
    private const string Revision = "0123456789abcdef0123456789abcdef01234567";

    private readonly TemporaryFolder _folder = new();
    private readonly ReferenceBackend _backend = new();
    private readonly string _repository;
    private readonly string _snapshot;

    public LinkedFilesTests()
    {
        _repository = _folder.File("models--tiny-org--Tiny-1M");
        _snapshot = Path.Combine(_repository, "snapshots", Revision);
        string blobs = Path.Combine(_repository, "blobs");
        TinyCheckpoint.Write(blobs, TinyArchitecture.Llama);
        Directory.CreateDirectory(_snapshot);
        Directory.CreateDirectory(Path.Combine(_repository, "refs"));
        File.WriteAllText(Path.Combine(_repository, "refs", "main"), Revision);
        foreach (string file in Directory.GetFiles(blobs))
        {
            string blob = Path.Combine(blobs, Guid.NewGuid().ToString("N"));
            File.Move(file, blob);
            File.CreateSymbolicLink(Path.Combine(_snapshot, Path.GetFileName(file)), $"../../blobs/{Path.GetFileName(blob)}");
        }
    }

    public void Dispose()
    {
        _backend.Dispose();
        _folder.Dispose();
    }

    [Fact]
    public void A_snapshot_of_links_loads_under_the_name_of_its_repository()
    {
        using LanguageModel model = Load(_snapshot);
        Assert.Equal("Tiny-1M", model.Name);
    }

    [Fact]
    public void A_cached_repository_is_its_main_snapshot()
    {
        Assert.Equal(_snapshot, HubCache.Resolve(_repository));
        Assert.Equal(_snapshot, HubCache.Resolve(_repository + "/"));
        Assert.Equal(_snapshot, HubCache.Resolve(_snapshot));
        Assert.Equal("Tiny-1M", HubCache.NameOf(HubCache.Resolve(_repository)));
        Assert.Equal("blobs", HubCache.NameOf(Path.Combine(_repository, "blobs")));
    }

    [Fact]
    public void A_link_to_a_folder_of_links_loads()
    {
        // Elsewhere and deeper, so that ".." counted by letters would lead astray.
        Directory.CreateDirectory(_folder.File("a/b/c"));
        Directory.CreateSymbolicLink(_folder.File("a/b/c/mine"), _snapshot);
        using LanguageModel model = Load(_folder.File("a/b/c/mine"));
        Assert.Equal("mine", model.Name);
    }

    [Theory]
    [InlineData(null, "is missing")]
    [InlineData("gone", "'gone' is no folder")]
    [InlineData("..", "is no folder")]
    [InlineData("../../elsewhere", "is no folder")]
    [InlineData("", "is empty")]
    public void A_cache_that_does_not_say_which_snapshot_is_refused(string? main, string reason)
    {
        string reference = Path.Combine(_repository, "refs", "main");
        File.Delete(reference);
        if (main is not null)
        {
            File.WriteAllText(reference, main);
        }

        InvalidDataException fault = Assert.Throws<InvalidDataException>(() => HubCache.Resolve(_repository));
        Assert.Contains(reference, fault.Message, StringComparison.Ordinal);
        Assert.Contains(reason, fault.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("model.safetensors", "../../blobs/gone", "which is not there")]
    [InlineData("config.json", "config.json", "circle")]
    [InlineData("tokenizer.json", "/dev/zero", "no regular file")]
    [InlineData("model.safetensors", "/dev/zero", "no regular file")]
    [InlineData("tokenizer_config.json", "/proc/self/environ", "no regular file")]
    [InlineData("chat_template.jinja", "/dev/null", "no regular file")]
    public void A_link_that_leads_to_no_file_is_refused(string file, string target, string reason)
    {
        File.Delete(Path.Combine(_snapshot, file));
        File.CreateSymbolicLink(Path.Combine(_snapshot, file), target);
        Refused(file, reason);
    }

    [Theory]
    [InlineData("config.json")]
    [InlineData("model.safetensors")]
    [InlineData("chat_template.jinja")]
    [InlineData("generation_config.json")]
    public void A_pipe_is_refused_and_not_waited_for(string file)
    {
        string path = Path.Combine(_snapshot, file);
        File.Delete(path);
        using (Process maker = Process.Start("mkfifo", path))
        {
            maker.WaitForExit();
        }

        Refused(file, "no regular file");
    }

    private void Refused(string file, string reason)
    {
        InvalidDataException fault = Assert.Throws<InvalidDataException>(() => Load(_snapshot).Dispose());
        Assert.Contains(Path.Combine(_snapshot, file), fault.Message, StringComparison.Ordinal);
        Assert.Contains(reason, fault.Message, StringComparison.Ordinal);
    }

    private LanguageModel Load(string folder) => LanguageModel.Load(folder, _backend, new TransformerLimits(16, 8));
}
