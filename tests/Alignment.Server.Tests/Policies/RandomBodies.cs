using System.Text.Json.Nodes;
using Alignment.Compute.Contract.Random;

namespace Alignment.Server.Tests.Policies;

/// <summary>
/// Chat bodies in which each field that a client can set is absent, modest or hostile; one stream of numbers for each seed.
/// </summary>
internal sealed class RandomBodies(ulong seed)
{
    private ulong _drawn;

    /// <summary>How each field of the body is made up.</summary>
    public IReadOnlyDictionary<string, Func<JsonNode>> Fields => new Dictionary<string, Func<JsonNode>>
    {
        ["temperature"] = () => Whole(0, 1) == 1 ? 1 : Number(0, 1, 1.001, 2),
        ["top_p"] = () => Whole(0, 1) == 1 ? 1 : Number(0.05, 1, 0.5, 0.001),
        ["top_k"] = () => Whole(0, 1, 5),
        ["min_p"] = () => Whole(0, 1) == 1 ? 0 : Number(0, 1, 1, 0.5),
        ["presence_penalty"] = () => Number(-0.25, 0.25, -2, 2),
        ["frequency_penalty"] = () => Number(-0.25, 0.25, -2, 2),
        ["repetition_penalty"] = () => Number(1, 1, 0.01, 100),
        ["logit_bias"] = Biases,
        ["seed"] = () => Whole(1, 2, 3),
        ["n"] = () => Whole(1, 2, 4),
        ["max_tokens"] = () => Whole(1, 5, 30),
        ["max_completion_tokens"] = () => Whole(1, 5, 30),
        ["stop"] = () => new JsonArray("a", "b"),
        ["add_generation_prompt"] = () => Whole(0, 0, 0, 1) == 1,
        ["continue_final_message"] = () => Whole(0, 1) == 1,
        ["stop_token_ids"] = () => new JsonArray(1, 2),
        ["include_stop_str_in_output"] = () => true,
        ["min_tokens"] = () => Whole(0, 0, 1),
        ["bad_words"] = () => Whole(0, 0, 1) == 1 ? new JsonArray("sorry") : new JsonArray(),
        ["prompt_logprobs"] = () => Whole(0, 2),
        ["stream"] = () => true,
        ["stream_options"] = () => new JsonObject { ["include_usage"] = true },
        ["ignore_eos"] = () => Whole(0, 1) == 1,
        ["logprobs"] = () => true,
        ["top_logprobs"] = () => Whole(0, 2),
        ["alignment"] = Alignment,
    };

    /// <summary>The next body; about half of the fields are there.</summary>
    public JsonObject Next(double share)
    {
        var message = new JsonObject { ["role"] = "user", ["content"] = "x" };
        var body = new JsonObject { ["model"] = "scripted", ["messages"] = new JsonArray(message) };
        foreach ((string name, Func<JsonNode> make) in Fields)
        {
            if (Uniform() < share)
            {
                body[name] = make();
            }
        }

        if (body.ContainsKey("prompt_logprobs"))
        {
            body.Remove("stream");
        }

        if (body.ContainsKey("max_completion_tokens"))
        {
            body.Remove("max_tokens");
        }

        if (body.ContainsKey("top_logprobs"))
        {
            body["logprobs"] = true;
        }

        return body;
    }

    public double Uniform() => Philox.Uniform(seed, _drawn++, 0);

    private JsonObject Biases()
    {
        var biases = new JsonObject();
        for (int i = Whole(0, 0, 1, 3); i > 0; i--)
        {
            biases[$"{(int)(Uniform() * 10)}"] = Number(-0.5, 0.5, 100, -100);
        }

        return biases;
    }

    private JsonObject Alignment()
    {
        var alignment = new JsonObject();
        if (Uniform() < 0.7)
        {
            string[] sources = [.. new[] { "harmless", "helpful", "prompt", "prompt" }.Where(_ => Uniform() < 0.4)];
            alignment["guidance"] = new JsonArray([.. sources.Select(Source)]);
        }

        if (Uniform() < 0.7)
        {
            alignment["search"] = Uniform() < 0.2 ? new JsonObject { ["method"] = "sample" } : BestOfN();
        }

        if (Uniform() < 0.1)
        {
            alignment["report"] = true;
        }

        return alignment;
    }

    private JsonObject Source(string name)
    {
        var source = new JsonObject { ["source"] = name, ["weight"] = name == "harmless" ? Number(1, 3, 0.5, -8) : Number(-0.5, 1, 8, -8) };
        if (name == "prompt")
        {
            source["text"] = "Be rude.";
        }

        return source;
    }

    private JsonObject BestOfN()
    {
        string[] rewards = [.. new[] { "harmless-value", "helpful-value" }.Where(_ => Uniform() < 0.7)];
        var terms = new JsonArray([.. rewards.Select(Reward)]);
        var search = new JsonObject { ["method"] = "best_of_n", ["n"] = Whole(1, 4, 8, 16), ["reward"] = terms };
        if (Uniform() < 0.3)
        {
            search["tau"] = Number(0, 0.5, 1, 1e6);
        }

        return search;
    }

    private JsonObject Reward(string name)
    {
        double weight = name == "harmless-value" ? Number(1, 2, -1, 0.1) : Number(0, 1, 1e6, -1);
        var reward = new JsonObject { ["name"] = name, ["weight"] = weight };
        if (Uniform() < 0.3)
        {
            reward["transform"] = Uniform() < 0.5 ? "identity" : "log_sigmoid";
        }

        if (Uniform() < 0.3)
        {
            reward["reference"] = Number(0, 0, 1e6, -1e6);
        }

        return reward;
    }

    /// <summary>Mostly between the first two, else one of the others.</summary>
    private double Number(double least, double most, params double[] hostile)
        => Uniform() < 0.9 ? least + (Uniform() * (most - least)) : hostile[(int)(Uniform() * hostile.Length)];

    private int Whole(params int[] values) => values[(int)(Uniform() * values.Length)];
}
