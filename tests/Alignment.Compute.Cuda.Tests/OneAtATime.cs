namespace Alignment.Compute.Cuda.Tests;

/// <summary>One test at a time: the emulator runs one launch at a time, and a device is shared.</summary>
[CollectionDefinition(nameof(TestDevice), DisableParallelization = true)]
public sealed class OneAtATime;
