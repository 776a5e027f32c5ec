using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using Alignment.Compute.Contract.Training;

namespace Alignment.Compute.Cpu.Training;

/// <summary>The gated feed-forward activation: y = silu(gate) * up, with gate and up side by side in one row [gate | up].</summary>
public static unsafe class SwiGlu
{
    /// <inheritdoc cref="ITrainingBackend.SwiGluForward"/>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Forward(float* gateUp, int rows, int size, float* y)
    {
        for (int row = 0; row < rows; row++, gateUp += 2L * size, y += size)
        {
            int i = 0;
            for (; i + VectorMath.Width <= size; i += VectorMath.Width)
            {
                Vector512<float> gate = Vector512.Load(gateUp + i);
                (gate * VectorMath.Sigmoid(gate) * Vector512.Load(gateUp + size + i)).Store(y + i);
            }

            for (; i < size; i++)
            {
                y[i] = gateUp[i] / (1 + VectorMath.Exp(-gateUp[i])) * gateUp[size + i];
            }
        }
    }

    /// <inheritdoc cref="ITrainingBackend.SwiGluBackward"/>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Backward(float* gateUp, float* dy, int rows, int size, float* dGateUp)
    {
        for (int row = 0; row < rows; row++, gateUp += 2L * size, dGateUp += 2L * size, dy += size)
        {
            int i = 0;
            for (; i + VectorMath.Width <= size; i += VectorMath.Width)
            {
                Vector512<float> gate = Vector512.Load(gateUp + i);
                Vector512<float> sigmoid = VectorMath.Sigmoid(gate);
                Vector512<float> silu = gate * sigmoid;
                Vector512<float> gradient = Vector512.Load(dy + i);
                (gradient * Vector512.Load(gateUp + size + i) * (sigmoid + (silu * (Vector512<float>.One - sigmoid)))).Store(dGateUp + i);
                (gradient * silu).Store(dGateUp + size + i);
            }

            for (; i < size; i++)
            {
                float sigmoid = 1 / (1 + VectorMath.Exp(-gateUp[i]));
                float silu = gateUp[i] * sigmoid;
                dGateUp[i] = dy[i] * gateUp[size + i] * (sigmoid + (silu * (1 - sigmoid)));
                dGateUp[size + i] = dy[i] * silu;
            }
        }
    }
}
