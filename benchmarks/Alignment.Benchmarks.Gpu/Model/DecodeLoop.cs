using Alignment.Compute.Contract;
using Alignment.Compute.Contract.NextToken;
using Alignment.Models.Transformers;

namespace Alignment.Benchmarks.Gpu.Model;

/// <summary>
/// Sequences that grow by one token a step, as the engine batches them.
/// </summary>
internal sealed class DecodeLoop : IDisposable
{
    /// <summary>Steps it has pages for.</summary>
    private const int MostSteps = 64;

    private static readonly NextTokenRule s_rule = new() { Seed = 1 };

    private readonly RandomModel _subject;
    private readonly Guidance _guidance;
    private readonly KvCache _cache;
    private readonly ForwardBatch _batch;
    private readonly int[][] _pages;
    private readonly int[] _tokens;
    private readonly Tensor _headLogits;
    private readonly NextTokenRow[] _rows;
    private readonly int[] _lastRows;
    private int _position;

    public DecodeLoop(RandomModel subject, int batch, int context, Guidance guidance)
    {
        (_subject, _guidance, _position) = (subject, guidance, context);
        int paths = guidance == Guidance.Adapter ? 2 * batch : batch;
        int pagesOfPath = PagesFor(context + MostSteps);
        _pages = [.. Enumerable.Range(0, paths).Select(path => Enumerable.Range(path * pagesOfPath, pagesOfPath).ToArray())];
        _cache = Model.CreateCache(paths * pagesOfPath);
        _batch = new ForwardBatch(Model.Limits);
        _tokens = [.. Enumerable.Range(1, batch)];
        _headLogits = subject.Backend.CreateTensor(batch, Model.Config.VocabularySize);
        _rows = [.. Enumerable.Range(0, batch).Select(Row)];
        _lastRows = new int[paths];
        FillContext(context);
    }

    private Transformer Model => _subject.Transformer;

    /// <summary>One token for every sequence; waits for them.</summary>
    public void Step()
    {
        Gather();
        Model.Forward(_batch, _cache);
        if (_guidance == Guidance.Head)
        {
            _subject.Head.Project(Model.Hidden, _tokens.Length, _headLogits);
        }

        for (int i = 0; i < _rows.Length; i++)
        {
            _rows[i] = _rows[i] with { Position = _position };
        }

        _subject.Backend.ChooseNextTokens(_rows);
        for (int i = 0; i < _rows.Length; i++)
        {
            _tokens[i] = _rows[i].Choice.Token >= 0
                ? _rows[i].Choice.Token
                : throw new InvalidOperationException("no token was left: the logits are not finite");
        }

        _position++;
    }

    public void Dispose()
    {
        _headLogits.Dispose();
        _cache.Dispose();
    }

    private static int PagesFor(int tokens) => (tokens + KvCache.PageSize - 1) / KvCache.PageSize;

    /// <summary>The outputs of the frozen paths come first, so that the head projects a run of rows.</summary>
    private NextTokenRow Row(int sequence)
    {
        GuideRow[] guides = _guidance switch
        {
            Guidance.Adapter => [new GuideRow(Model.Logits, _tokens.Length + sequence, 0.5f)],
            Guidance.Head => [new GuideRow(_headLogits, sequence, 0.5f)],
            _ => [],
        };
        return new NextTokenRow(
            Model.Logits,
            sequence,
            Model.Config.VocabularySize,
            guides,
            guides.Length,
            s_rule,
            null,
            (ulong)sequence,
            0,
            new TokenChoice(0, guides.Length));
    }

    private void Gather()
    {
        _batch.Clear();
        for (int i = 0; i < _tokens.Length; i++)
        {
            _lastRows[i] = _batch.AddSegment([_tokens[i]], _position, _pages[i], null);
            if (_guidance == Guidance.Adapter)
            {
                _lastRows[_tokens.Length + i] = _batch.AddSegment([_tokens[i]], _position, _pages[_tokens.Length + i], _subject.Adapter);
            }
        }

        foreach (int row in _lastRows)
        {
            _batch.AddOutput(row, logits: true);
        }
    }

    /// <summary>Computes one context; the other paths get copies of its pages.</summary>
    private void FillContext(int context)
    {
        for (int start = 0; start < context; start += Model.Limits.MaxRows)
        {
            int rows = Math.Min(Model.Limits.MaxRows, context - start);
            _batch.Clear();
            _batch.AddSegment([.. Enumerable.Range(start, rows).Select(i => i % Model.Config.VocabularySize)], start, _pages[0], null);
            Model.Forward(_batch, _cache);
        }

        foreach (int[] pages in _pages[1..])
        {
            for (int page = 0; page < PagesFor(context); page++)
            {
                _subject.Backend.CopyPage(_pages[0][page], pages[page], _cache);
            }
        }
    }
}
