namespace Alignment.Training.Rewards.Objectives;

/// <summary>
/// Weights for several data sets that are learned together, so that no one of them is learned at the cost of another (MORE, Zeng et al.,
/// 2024; Désidéri's multiple-gradient descent): the point of the simplex where | sum_i w_i g_i / |g_i| | is least, g_i being the gradient
/// of the head by set i. Found by the method of Frank and Wolfe with exact steps.
/// </summary>
public static class MinimumNorm
{
    private const int MostSteps = 100;
    private const double Precision = 1e-9;

    /// <summary>The weights, which sum to 1; a set without a gradient gets none.</summary>
    /// <param name="gradients">[sets][parameters].</param>
    public static double[] Weights(IReadOnlyList<double[]> gradients)
    {
        ArgumentNullException.ThrowIfNull(gradients);
        double[] norms = [.. gradients.Select(gradient => Math.Sqrt(Product(gradient, gradient)))];
        int[] sets = [.. Enumerable.Range(0, norms.Length).Where(i => norms[i] > 0)];
        double[] weights = new double[norms.Length];
        if (sets.Length == 0)
        {
            return weights;
        }

        double[][] products =
        [
            .. sets.Select(i => sets.Select(j => Product(gradients[i], gradients[j]) / (norms[i] * norms[j])).ToArray()),
        ];
        double[] found = Solve(products);
        for (int i = 0; i < sets.Length; i++)
        {
            weights[sets[i]] = found[i];
        }

        return weights;
    }

    /// <param name="products">Of unit vectors, [n][n].</param>
    private static double[] Solve(double[][] products)
    {
        double[] weights = [.. products.Select(_ => 1.0 / products.Length)];
        for (int step = 0; step < MostSteps; step++)
        {
            double[] slopes = [.. products.Select(row => Product(row, weights))]; // half the gradient of the squared norm
            int best = Array.IndexOf(slopes, slopes.Min());
            double norm = Product(weights, slopes);
            double gap = norm - slopes[best];
            if (gap < Precision)
            {
                break;
            }

            // Towards the corner: |w + t (e - w)|^2 is least at t = gap / |w - e|^2, |e| being 1.
            double towards = Math.Clamp(gap / (norm - (2 * slopes[best]) + 1), 0, 1);
            weights = [.. weights.Select((weight, i) => ((1 - towards) * weight) + (i == best ? towards : 0))];
        }

        return weights;
    }

    private static double Product(double[] a, double[] b)
    {
        double sum = 0;
        for (int i = 0; i < a.Length; i++)
        {
            sum += a[i] * b[i];
        }

        return sum;
    }
}
