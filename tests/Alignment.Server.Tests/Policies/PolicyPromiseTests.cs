using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization.Metadata;
using Alignment.Decoding;
using Alignment.Decoding.Binding;
using Alignment.Decoding.Policy;
using Alignment.Decoding.Problems;
using Alignment.Decoding.Requests;
using Alignment.Hosting;
using Alignment.Server.Contracts;
using Alignment.Server.Requests;
using Alignment.Server.Tests.Doubles;

namespace Alignment.Server.Tests.Policies;

/// <summary>
/// Thousands of bodies, from the JSON text to what the engine would be asked for: whatever is accepted keeps the promise.
/// </summary>
public sealed class PolicyPromiseTests
{
    private const int Bodies = 5000;

    private static readonly Dictionary<string, (AlignmentPolicy Policy, PolicyPromise Promise)> s_policies = new()
    {
        ["a floor and nothing else"] = (
            new() { MinimumGuidance = Weights(("harmless", 1)) },
            new() { Floors = Ranges(("harmless", 1, 8)) }),
        ["two floors"] = (
            new() { MinimumGuidance = Weights(("harmless", 1), ("helpful", 0.5f)) },
            new() { Floors = Ranges(("harmless", 1, 1), ("helpful", 0.5, 0.5)) }),
        ["a floor of a reward"] = (
            new() { MinimumReward = Weights(("harmless-value", 1)) },
            new() { Reward = 1, Candidates = 4 }),
        ["a floor and ceilings"] = (
            new()
            {
                MinimumGuidance = Weights(("harmless", 1), ("prompt", -0.5f)),
                MaximumGuidance = Weights(("harmless", 2), ("helpful", 1)),
                MaximumTotalGuidance = 1.25f,
                MinimumReward = Weights(("harmless-value", 1)),
                MaximumReward = Weights(("helpful-value", 0.75f)),
                MinimumCandidates = 2,
                MaximumTau = 0.5f,
                MaximumTemperature = 1.5f,
                MaximumLogitBias = 0.5f,
                MaximumFrequencyPenalty = 0.2f,
                MaximumPresencePenalty = 0.25f,
            },
            new()
            {
                Floors = Ranges(("harmless", 1, 2)),
                OtherGuidance = 1.25,
                Bias = 0.5,
                Presence = 0.25,
                Frequency = 0.2,
                Temperature = 1.5,
                Reward = 1,
                OtherReward = 0.75,
                Candidates = 2,
                Tau = 0.5,
            }),
    };

    public static TheoryData<string> Policies => [.. s_policies.Keys];

    [Theory]
    [MemberData(nameof(Policies))]
    public void Whatever_is_accepted_keeps_the_promise(string name)
    {
        (AlignmentPolicy policy, PolicyPromise promise) = s_policies[name];
        ServedModel model = Model(policy);
        var random = new RandomBodies(seed: 14);
        int accepted = 0;
        for (int i = 0; i < Bodies; i++)
        {
            // Few fields in some bodies and all in others: each alone, and every combination.
            JsonObject body = random.Next(share: i % 10 / 10.0);
            ProblemCollection problems = [];
            ChatCompletionRequest contract = JsonSerializer.Deserialize(body.ToJsonString(), ServerJson.Wire.ChatCompletionRequest)!;
            GenerationRequest request = ChatBinder.Bind(contract, model, problems);
            if (problems.Count == 0)
            {
                promise.Check(request, random.Uniform);
                accepted++;
            }
        }

        Assert.InRange(accepted, Bodies / 20, Bodies * 9 / 10);
    }

    [Fact]
    public void The_bodies_have_every_field_that_a_client_can_set()
    {
        string[] unmade = ["model", "messages"];
        IEnumerable<JsonPropertyInfo> fields = ServerJson.Wire.ChatCompletionRequest.Properties.Where(field => !field.IsExtensionData);
        Assert.Equal(fields.Select(field => field.Name).Except(unmade).Order(), new RandomBodies(0).Fields.Keys.Order());
    }

    private static ServedModel Model(AlignmentPolicy policy)
    {
        new ScriptedGenerator([]).AsCatalog().TryGet("scripted", out ServedModel? model);
        var names = new AlignmentNames(["harmless", "helpful"], ["harmless-value", "helpful-value"]);
        return model! with { Binder = new AlignmentBinder(names, policy, new GenerationLimits(), StandardMethods.Catalog) };
    }

    private static Dictionary<string, float> Weights(params (string Name, float Weight)[] weights)
        => weights.ToDictionary(w => w.Name, w => w.Weight);

    private static Dictionary<string, (double, double)> Ranges(params (string Name, double Least, double Most)[] ranges)
        => ranges.ToDictionary(r => r.Name, r => (r.Least, r.Most));
}
