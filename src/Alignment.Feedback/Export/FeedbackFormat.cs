namespace Alignment.Feedback.Export;

/// <summary>Which rows are made of feedback, as the data formats of training are called.</summary>
public enum FeedbackFormat
{
    /// <summary>Of thumbs: <c>prompt</c>, <c>completion</c>, <c>label</c>.</summary>
    Unpaired,

    /// <summary>Of rankings and corrections: <c>prompt</c>, <c>chosen</c>, <c>rejected</c>.</summary>
    Preference,
}
