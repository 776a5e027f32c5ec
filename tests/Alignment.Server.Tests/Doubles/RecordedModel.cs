using Alignment.Compute.Contract.NextToken;
using Alignment.Decoding;
using Alignment.Decoding.Binding;
using Alignment.Decoding.Policy;
using Alignment.Decoding.Requests;
using Alignment.Hosting;
using Alignment.Inference;
using Alignment.Inference.Scheduling;
using Alignment.Models;
using Alignment.Models.Transformers;
using Alignment.Rewards;
using Alignment.Tests;
using Alignment.Tests.Models;

namespace Alignment.Server.Tests.Doubles;

/// <summary>A miniature model <c>tiny</c> with its rewards over a real engine, on a backend that keeps the rules.</summary>
internal sealed class RecordedModel : IAsyncDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly RecordingBackend _backend = new();
    private readonly LanguageModel _model;
    private readonly ModelRewards _rewards;
    private readonly Engine _engine;

    public RecordedModel()
    {
        var limits = new GenerationLimits();
        TinyCheckpoint.Write(_folder.Path, TinyArchitecture.Llama);
        TinyRewards.Write(_folder.Path);
        _model = LanguageModel.Load(_folder.Path, _backend, new TransformerLimits(64, 32));
        _rewards = ModelRewards.Load(_folder.Path, _model);
        _engine = new Engine(_model.Transformer, new EngineOptions { Pages = 256 }, _model.Tokenizer.VocabularySize);
        Catalog = new ModelCatalog(
        [
            new ServedModel
            {
                Id = "tiny",
                Folder = _folder.Path,
                Device = _backend.Description,
                Cache = "",
                Generator = new Generator(_model, _rewards, _engine, limits, StandardMethods.Catalog),
                Binder = new AlignmentBinder(
                    new AlignmentNames(_rewards.Guides, [.. _rewards.Rewards.Keys]), AlignmentPolicy.Open, limits, StandardMethods.Catalog),
                ContextLength = _model.Config.MaxPositions,
            },
        ]);
    }

    public ModelCatalog Catalog { get; }

    /// <summary>The rules executed since the last call.</summary>
    public List<NextTokenRule> TakeRules()
    {
        List<NextTokenRule> rules = [];
        while (_backend.Rules.TryDequeue(out NextTokenRule? rule))
        {
            rules.Add(rule);
        }

        return rules;
    }

    public async ValueTask DisposeAsync()
    {
        await _engine.CheckIntegrityAsync();
        await _engine.DisposeAsync();
        _rewards.Dispose();
        _model.Dispose();
        _backend.Dispose();
        _folder.Dispose();
    }
}
