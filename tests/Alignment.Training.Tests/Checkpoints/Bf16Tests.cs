using Alignment.Training.Checkpoints;

namespace Alignment.Training.Tests.Checkpoints;

public sealed class Bf16Tests
{
    [Theory]
    [InlineData(0x3F800000u, 0x3F80)] // 1
    [InlineData(0x3F808000u, 0x3F80)] // half way above an even: down
    [InlineData(0x3F818000u, 0x3F82)] // half way above an odd: up
    [InlineData(0x3F808001u, 0x3F81)] // just above half way
    [InlineData(0x3F817FFFu, 0x3F81)] // just below half way
    [InlineData(0xBF818000u, 0xBF82)] // the sign does not matter
    [InlineData(0x7F7FFFFFu, 0x7F80)] // the largest f32 becomes infinite
    [InlineData(0xFF800000u, 0xFF80)] // -infinity
    [InlineData(0x7F800001u, 0x7FC0)] // a NaN whose upper half alone would be infinity
    public void Rounds_to_the_nearest_even(uint bits, ushort expected) =>
        Assert.Equal(expected, Bf16.Round(BitConverter.UInt32BitsToSingle(bits)));

    [Fact]
    public void Every_number_survives_widening_and_rounding()
    {
        for (int bits = 0; bits <= ushort.MaxValue; bits++)
        {
            float value = Widen((ushort)bits);
            Assert.True(float.IsNaN(value) ? float.IsNaN(Widen(Bf16.Round(value))) : Bf16.Round(value) == bits, $"{bits:X4}");
        }
    }

    private static float Widen(ushort bits) => BitConverter.UInt32BitsToSingle((uint)bits << 16);
}
