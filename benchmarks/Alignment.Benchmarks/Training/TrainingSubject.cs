using Alignment.Compute.Contract.Random;
using Alignment.Compute.Cpu.Training;
using Alignment.Models.Configuration;
using Alignment.Training.Data.Packing;
using Alignment.Training.LanguageModels;
using Alignment.Training.Transformers;

namespace Alignment.Benchmarks.Training;

/// <summary>A language model in training on tokens of chance, in documents of <see cref="DocumentLength"/>.</summary>
internal sealed class TrainingSubject : IDisposable
{
    public const int DocumentLength = 256;
    public const int ContextLength = 1024;
    public const int BatchSize = 8;
    public const int Tokens = ContextLength * BatchSize;

    private const int Documents = 256;

    private readonly CpuTrainingBackend _backend;
    private readonly TrainableTransformer _model;
    private readonly LanguageModelTrainer _trainer;

    public TrainingSubject(ModelConfig shape, string folder, int threads)
    {
        PackedTokens data = Pack(Path.Combine(folder, "tokens.bin"), shape.VocabularySize);
        _backend = new CpuTrainingBackend(threads);
        _model = new TrainableTransformer(shape, _backend);
        _model.Initialize(seed: 1);
        LanguageModelSettings settings = new()
        {
            Model = shape,
            ContextLength = ContextLength,
            BatchSize = BatchSize,
            Steps = int.MaxValue,
            CheckpointEvery = int.MaxValue,
        };
        _trainer = new LanguageModelTrainer(settings, _model, data, data);
    }

    /// <summary>Of the model.</summary>
    public long Parameters => _model.Layout.Length;

    /// <summary>One update.</summary>
    public void Update()
    {
        using CancellationTokenSource stop = new();
        try
        {
            _trainer.Run(_ => stop.Cancel(), () => { }, stop.Token);
        }
        catch (OperationCanceledException)
        {
        }
    }

    public void Dispose()
    {
        _trainer.Dispose();
        _model.Dispose();
        _backend.Dispose();
    }

    private static PackedTokens Pack(string path, int vocabulary)
    {
        PackedTokensWriter.Write([.. Enumerable.Range(0, Documents).Select(Draw)], ["chance"], vocabulary, new string('0', 64), path);
        return PackedTokens.Open(path);

        PackedDocument Draw(int document) => new(
            [.. Enumerable.Range(0, DocumentLength).Select(i => (ushort)(Philox.Uniform(1, (ulong)document, (ulong)i) * vocabulary))],
            Source: 0,
            Bytes: 0);
    }
}
