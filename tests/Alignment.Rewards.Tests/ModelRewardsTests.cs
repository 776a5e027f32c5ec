using System.Text.Json.Nodes;
using Alignment.Inference.Guides;
using Alignment.Models.Checkpoints;
using Alignment.Tests.Models;

namespace Alignment.Rewards.Tests;

/// <summary>Loading what lies in a model's folder, good and bad.</summary>
public sealed class ModelRewardsTests
{
    [Fact]
    public void Heads_and_adapters_are_found_by_name()
    {
        using RewardFolder folder = new();
        using ModelRewards rewards = folder.Load();
        Assert.Equal(["arm", "head"], rewards.Guides.Order(StringComparer.Ordinal));
        Assert.Equal(["value"], rewards.Rewards.Keys);
        Assert.IsType<HeadGuide>(rewards.CreateGuide("head", 1));
        Assert.IsType<AdapterGuide>(rewards.CreateGuide("arm", 1));
    }

    [Fact]
    public void A_value_head_is_a_dot_product_and_a_bias()
    {
        using RewardFolder folder = new();
        using ModelRewards rewards = folder.Load();
        using Checkpoint file = Checkpoint.OpenFile(folder.Of("value", "head.safetensors"), folder.Model.Config);
        float[] weight = file.ReadNumbers("weight", 1, folder.Model.Config.HiddenSize);
        float[] hidden = [.. Enumerable.Range(0, weight.Length).Select(i => MathF.Sin(i))];
        double expected = file.ReadNumbers("bias", 1, 1)[0] + weight.Zip(hidden, (w, h) => (double)w * h).Sum();
        Assert.Equal(expected, ((ValueReward)rewards.Rewards["value"]).Score(hidden), 1e-9);
    }

    [Fact]
    public void A_value_head_of_several_objectives_is_several_rewards()
    {
        using RewardFolder folder = new();
        folder.Edit("value", "objectives", new JsonArray("kind", "true"));
        int hidden = folder.Model.Config.HiddenSize;
        TinySafetensors.Write(
            folder.Of("value", "head.safetensors"),
            [new TinyTensor("weight", [2, hidden], new float[2 * hidden]), new TinyTensor("bias", [2], [1, 2])]);
        using ModelRewards rewards = folder.Load();
        Assert.Equal(
            [("value.kind", 1.0), ("value.true", 2.0)],
            rewards.Rewards.Select(reward => (reward.Key, ((ValueReward)reward.Value).Score(new float[hidden]))));
    }

    [Theory]
    [InlineData(null, false), InlineData("end_of_turn", false), InlineData("last_token", true)]
    public void A_head_says_whether_it_scores_responses_that_go_on(string? reads, bool prefixes)
    {
        using RewardFolder folder = new();
        folder.Edit("value", "reads", reads);
        using ModelRewards rewards = folder.Load();
        Assert.Equal(prefixes, ((ValueReward)rewards.Rewards["value"]).Head.ScoresPrefixes);
    }

    [Theory]
    [InlineData("head", "type", "\"oracle\"", "type")]
    [InlineData("head", "type", null, "type")]
    [InlineData("head", "rank", "0", "rank")]
    [InlineData("head", "rank", "1000000000000", "rank")]
    [InlineData("head", "rank", "5", "down.weight")]
    [InlineData("head", "hidden_size", "41", "hidden_size")]
    [InlineData("head", "vocab_size", "299", "vocab_size")]
    [InlineData("head", "activation", "\"relu\"", "activation")]
    [InlineData("head", "base_model_sha256", "\"0123\"", "base_model_sha256")]
    [InlineData("head", "name", "\"arm\"", "name")]
    [InlineData("value", "objectives", "[\"a\", \"b\"]", "weight")]
    [InlineData("value", "reads", "\"first_token\"", "reads: 'first_token' is not known; end_of_turn and last_token are")]
    [InlineData("arm", "base_model_sha256", "\"0123\"", "base_model_sha256")]
    [InlineData("arm", "r", "-1", "r")]
    [InlineData("arm", "r", "3", "lora_A")]
    [InlineData("arm", "peft_type", "\"IA3\"", "peft_type")]
    public void A_damaged_config_is_refused_by_file_and_field(string reward, string field, string? value, string named)
    {
        using RewardFolder folder = new();
        folder.Edit(reward, field, value is null ? null : JsonNode.Parse(value));
        InvalidDataException fault = Assert.Throws<InvalidDataException>(() => folder.Load().Dispose());
        Assert.Contains(named, fault.Message, StringComparison.Ordinal);
        Assert.Contains(reward, fault.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("head", "head.safetensors")]
    [InlineData("value", "head.safetensors")]
    [InlineData("arm", "adapter_model.safetensors")]
    public void Damaged_weights_are_refused_by_file(string reward, string file)
    {
        using RewardFolder folder = new();
        string path = folder.Of(reward, file);
        byte[] bytes = File.ReadAllBytes(path);
        foreach (byte[] damaged in new[] { [], bytes[..7], bytes[..^4], [.. Enumerable.Repeat((byte)0xFF, 8), .. bytes[8..]] })
        {
            File.WriteAllBytes(path, damaged);
            Assert.Contains(reward, Assert.Throws<InvalidDataException>(() => folder.Load().Dispose()).Message, StringComparison.Ordinal);
        }

        File.Delete(path);
        Assert.ThrowsAny<IOException>(() => folder.Load().Dispose());
    }
}
