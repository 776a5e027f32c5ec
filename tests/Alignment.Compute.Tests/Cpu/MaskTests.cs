using Alignment.Compute.Contract;
using Alignment.Compute.Contract.NextToken;
using Alignment.Compute.Cpu;
using Alignment.Compute.Reference;

namespace Alignment.Compute.Tests.Cpu;

public sealed class MaskTests
{
    public static TheoryData<string> Rules => NextTokenRules.Names;

    public static TheoryData<SimdForm> Forms => CpuForms.All;

    [Theory]
    [MemberData(nameof(Rules))]
    public void Masked_rows_choose_what_the_reference_chooses(string name)
    {
        NextTokenRule rule = NextTokenRules.Of(name);
        foreach (SimdForm form in CpuForms.Supported)
        {
            using IBackend cpu = CpuBackend.Create(1, form);
            MaskOracle.AssertChoosesWhatTheReferenceChooses(cpu, rule);
            MaskOracle.AssertForbidsAsABiasDoes(cpu, rule);
        }
    }

    [Theory]
    [MemberData(nameof(Rules))]
    public void A_masked_row_does_not_depend_on_the_others(string name)
    {
        NextTokenRule rule = NextTokenRules.Of(name);
        using IBackend cpu = CpuBackend.Create(3);
        MaskOracle.AssertDoesNotDependOnOthers(cpu, rule);
    }

    [Theory]
    [MemberData(nameof(Forms))]
    public void Where_all_tokens_are_masked_there_is_none(SimdForm form)
    {
        using IBackend cpu = CpuBackend.Create(1, form);
        using ReferenceBackend reference = new();
        Assert.All([cpu, reference], MaskOracle.AssertEverythingMaskedGivesNoToken);
        Assert.All([cpu, reference], MaskOracle.AssertAnOverflowIsNoMask);
        MaskOracle.AssertAMaskCoversTheVocabulary(cpu);
    }

    [Fact]
    public void A_mask_knows_each_of_its_tokens()
    {
        TokenMask mask = new(130);
        Assert.DoesNotContain(true, Enumerable.Range(0, 130).Select(token => mask[token]));
        int[] allowed = [0, 1, 63, 64, 127, 128, 129];
        Array.ForEach(allowed, token => mask[token] = true);
        Assert.Equal(allowed, Enumerable.Range(0, 130).Where(token => mask[token]));
        mask[64] = false;
        Assert.Equal(allowed.Where(token => token != 64), Enumerable.Range(0, 130).Where(token => mask[token]));
        mask.Fill(allowed: true);
        Assert.DoesNotContain(false, Enumerable.Range(0, 130).Select(token => mask[token]));
    }
}
