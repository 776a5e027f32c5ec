using Alignment.Compute.Backends;
using Alignment.Compute.NextToken;
using Alignment.Inference.Guides;
using Alignment.Models;

namespace Alignment.Inference.Scheduling;

/// <summary>Runs a planned pass: forward, heads, next-token rules, scores. Owns the tensors of the heads.</summary>
internal sealed class PassExecutor : IDisposable
{
    private readonly Transformer _model;
    private readonly KvCache _cache;
    private readonly PassPlan _plan;
    private readonly int _vocabulary;
    private readonly Tensor _gathered;
    private readonly Dictionary<ILogitsHead, HeadSlot> _slots = [];
    private readonly List<HeadSlot> _active = [];
    private readonly NextTokenRow[] _rows;
    private readonly TokenScorer _scorer;

    public PassExecutor(Transformer model, KvCache cache, PassPlan plan, int vocabulary)
    {
        (_model, _cache, _plan, _vocabulary) = (model, cache, plan, vocabulary);
        _gathered = model.Backend.CreateTensor(model.Limits.MaxOutputs, model.Config.HiddenSize);
        _rows = new NextTokenRow[model.Limits.MaxOutputs];
        _scorer = new TokenScorer(model, vocabulary);
    }

    public void Execute()
    {
        _model.Forward(_plan.Batch, _cache);
        ReadHidden();
        Choose();
        _scorer.Publish(_plan.Scores);
    }

    public void Dispose()
    {
        _gathered.Dispose();
        foreach (HeadSlot slot in _slots.Values)
        {
            slot.Dispose();
        }
    }

    private void ReadHidden()
    {
        foreach ((Sequence sequence, int output) in _plan.Hidden)
        {
            _model.Backend.Download(_model.Hidden, output, sequence.HiddenState);
        }
    }

    private void Choose()
    {
        _active.Clear();
        int count = 0;
        foreach ((Sequence sequence, int firstOutput) in _plan.Choices)
        {
            BindGuides(sequence, firstOutput);
            _rows[count++] = new NextTokenRow(
                _model.Logits, firstOutput, _vocabulary, sequence.GuideRows, sequence.GuideRows.Length, sequence.Rule!, sequence.Counts, (ulong)sequence.Candidate,
                sequence.Length, sequence.Choice!);
        }

        _scorer.Clear();
        foreach (ScoredRows run in _plan.Scores)
        {
            for (int i = 0; i < run.Count; i++)
            {
                _rows[count++] = _scorer.Add(run, i);
            }
        }

        foreach (HeadSlot slot in _active)
        {
            _model.Backend.GatherRows(_model.Hidden, slot.Outputs, _gathered);
            slot.Project(_gathered);
        }

        _model.Backend.ChooseNextTokens(_rows.AsSpan(0, count));
    }

    /// <summary>Heads read the frozen model's hidden state; the other guides are outputs of their own, in the order of the sequence's paths.</summary>
    private void BindGuides(Sequence sequence, int firstOutput)
    {
        int path = 1;
        for (int i = 0; i < sequence.Guides.Count; i++)
        {
            Guide guide = sequence.Guides[i];
            if (guide is HeadGuide head)
            {
                HeadSlot slot = Slot(head.Head);
                sequence.GuideRows[i] = new GuideRow(slot.Logits, slot.Add(firstOutput), guide.Weight);
            }
            else
            {
                sequence.GuideRows[i] = new GuideRow(_model.Logits, firstOutput + path++, guide.Weight);
            }
        }
    }

    private HeadSlot Slot(ILogitsHead head)
    {
        if (!_slots.TryGetValue(head, out HeadSlot? slot))
        {
            Tensor logits = _model.Backend.CreateTensor(_model.Limits.MaxOutputs, _model.Config.VocabularySize);
            _slots.Add(head, slot = new HeadSlot(head, logits));
        }

        if (!_active.Contains(slot))
        {
            slot.Clear();
            _active.Add(slot);
        }

        return slot;
    }
}
