namespace Alignment.Inference;

/// <summary>
/// A request cannot go on: every token is masked, its budget is spent, or it needs more pages than there are. Others are not touched.
/// </summary>
public class MethodFaultException(string message, Exception? cause = null) : Exception(message, cause);
