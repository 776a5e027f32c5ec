namespace Alignment.Tests.Models;

internal sealed record TinyTensor(string Name, int[] Shape, float[] Numbers);
