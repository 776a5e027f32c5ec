using System.Runtime.InteropServices;
using Alignment.Compute.Contract;
using Alignment.Compute.Contract.NextToken;
using Alignment.Inference.Guides;
using Alignment.Inference.Sessions;
using Alignment.Models.Transformers;

namespace Alignment.Inference.Scheduling;

/// <summary>
/// Runs a planned pass: forward in each lane that has rows, heads, which are the first model's, and next-token rules over the rows of all.
/// Owns the tensors of the heads.
/// </summary>
internal sealed class PassExecutor : IDisposable
{
    private readonly PassPlan _plan;
    private readonly Transformer _model;
    private readonly int _vocabulary;
    private readonly Tensor _gathered;
    private readonly Dictionary<ILogitsHead, HeadSlot> _slots = [];
    private readonly List<HeadSlot> _active = [];
    private readonly List<NextTokenRow> _rows = [];
    private readonly List<GuideRow[]> _guides = [];
    private int _usedGuides;

    public PassExecutor(PassPlan plan, int vocabulary)
    {
        (_plan, _model, _vocabulary) = (plan, plan.Lanes[0].Lane.Model, vocabulary);
        _gathered = _model.Backend.CreateTensor(_model.Limits.MaxOutputs, _model.Config.HiddenSize);
    }

    /// <param name="isUnwanted">Asked between two layers, whether the pass ends there, for nothing.</param>
    /// <returns>Whether it came to its end.</returns>
    public bool TryExecute(Func<bool> isUnwanted)
    {
        foreach (LaneBatch lane in _plan.Lanes)
        {
            if (lane.Batch.Rows > 0 && !lane.Lane.TryForward(lane.Batch, isUnwanted))
            {
                return false;
            }
        }

        Gather();
        foreach (HeadSlot slot in _active)
        {
            _model.Backend.GatherRows(_model.Hidden, slot.Outputs, _gathered);
            slot.Project(_gathered);
        }

        Choose(CollectionsMarshal.AsSpan(_rows));
        return true;
    }

    public void Dispose()
    {
        _gathered.Dispose();
        foreach (HeadSlot slot in _slots.Values)
        {
            slot.Dispose();
        }
    }

    /// <summary>Reads hidden states, and makes rows of what is to be drawn.</summary>
    private void Gather()
    {
        _rows.Clear();
        _active.Clear();
        _usedGuides = 0;
        foreach (Ask ask in _plan.Answers)
        {
            int last = ask.Promised - 1;
            Transformer model = ModelOf(ask, 0);
            if (ask.Hidden is { } hidden && ask.IsAnswered)
            {
                model.Backend.Download(model.Hidden, ask.FirstOutputs[0] + last, hidden);
            }

            for (int i = 0; i < (ask.Taps?.Places.Count ?? 0); i++)
            {
                model.Backend.Download(model.Tapped, ask.FirstTap + i, ask.Taps!.Buffer(i));
            }

            for (int output = 0; ask.NeedsLogits && output <= last; output++)
            {
                AddRows(ask, output);
            }
        }
    }

    /// <summary>In slices: many draws of one output must not make a device keep the scores of all of them at once.</summary>
    private void Choose(ReadOnlySpan<NextTokenRow> rows)
    {
        int most = _model.Limits.MaxOutputs;
        for (; rows.Length > most; rows = rows[most..])
        {
            _model.Backend.ChooseNextTokens(rows[..most]);
        }

        _model.Backend.ChooseNextTokens(rows);
    }

    private void AddRows(Ask ask, int output)
    {
        int guideCount = ask.GuidePaths == GuidePaths.Read ? ask.Sequence.Guides.Count : 0;
        GuideRow[] guides = guideCount == 0 ? [] : BindGuides(ask, output);
        for (int i = 0; i < ask.DrawsEach; i++)
        {
            Draw draw = ask.Draw(output, i);

            // A prompt may hold ids that are never chosen: they have no probability, but the tokens that are likelier are still asked for.
            int? given = draw.Given < _vocabulary ? draw.Given : null;
            _rows.Add(new NextTokenRow(
                ModelOf(ask, 0).Logits, ask.FirstOutputs[0] + output, _vocabulary, guides, guideCount, draw.Rule, draw.Counts, draw.Stream,
                ask.Next + output + 1, draw.Choice, given, draw.Mask));
        }
    }

    /// <summary>
    /// Heads read the frozen model's hidden state; the other guides are outputs of their own, in the order of the sequence's paths.
    /// </summary>
    private GuideRow[] BindGuides(Ask ask, int output)
    {
        IReadOnlyList<Guide> guides = ask.Sequence.Guides;
        GuideRow[] rows = TakeGuideRows(guides.Count);
        int path = 1;
        for (int i = 0; i < guides.Count; i++)
        {
            if (guides[i] is HeadGuide head)
            {
                HeadSlot slot = Slot(head.Head);
                rows[i] = new GuideRow(slot.Logits, slot.Add(ask.FirstOutputs[0] + output), head.Weight);
            }
            else
            {
                rows[i] = new GuideRow(ModelOf(ask, path).Logits, ask.FirstOutputs[path] + output, guides[i].Weight);
                path++;
            }
        }

        return rows;
    }

    private Transformer ModelOf(Ask ask, int path) => _plan.LaneOf(ask.Sequence.Paths[path]).Lane.Model;

    /// <summary>An array that nothing else of the pass uses, from a store that grows to what a pass needs.</summary>
    private GuideRow[] TakeGuideRows(int count)
    {
        if (_usedGuides == _guides.Count)
        {
            _guides.Add([]);
        }

        if (_guides[_usedGuides].Length < count)
        {
            _guides[_usedGuides] = new GuideRow[count];
        }

        return _guides[_usedGuides++];
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
