using System.Buffers;
using System.Globalization;
using System.Text;
using Alignment.Templates.Limits;
using Alignment.Templates.Values;

namespace Alignment.Templates.Library;

/// <summary>Python's changes of case. Characters stay in their places and keep their origin, but for the few that become several.</summary>
internal static class Casing
{
    public static TemplateText Upper(RenderBudget budget, TemplateText text) => Ascii.IsValid(text.Value)
        ? text.WithCharacters(budget, text.Value.ToUpperInvariant())
        : Change(budget, text, static (_, _, rune) => CaseTables.Upper(rune));

    public static TemplateText Lower(RenderBudget budget, TemplateText text) => Ascii.IsValid(text.Value)
        ? text.WithCharacters(budget, text.Value.ToLowerInvariant())
        : Change(budget, text, Down);

    /// <summary>Without the final sigma, which is another letter and not another case.</summary>
    public static TemplateText Fold(RenderBudget budget, TemplateText text) =>
        Change(budget, text, static (_, _, rune) => CaseTables.Fold(rune));

    public static TemplateText Swap(RenderBudget budget, TemplateText text) => Change(budget, text, static (all, at, rune) =>
        IsUpper(rune) ? Down(all, at, rune) : IsTitlecase(rune) ? rune.ToString() : CaseTables.Upper(rune));

    public static TemplateText Title(RenderBudget budget, TemplateText text) =>
        Change(budget, text, static (all, at, rune) => IsCased(Previous(all, at)) ? Down(all, at, rune) : CaseTables.Title(rune));

    public static TemplateText Capitalize(RenderBudget budget, TemplateText text) =>
        Change(budget, text, static (all, at, rune) => at == 0 ? CaseTables.Title(rune) : Down(all, at, rune));

    /// <summary>Jinja's filter <c>title</c>: words begin after white space, hyphens and opening brackets.</summary>
    public static TemplateText Words(RenderBudget budget, TemplateText text) =>
        Change(budget, text, static (all, at, rune) => at == 0 || PythonText.IsSpace(all[at - 1]) || all[at - 1] is '-' or '(' or '{' or '[' or '<'
            ? CaseTables.Upper(rune)
            : Down(all, at, rune));

    /// <summary>Whether there is a letter with case, and none of the other case.</summary>
    public static bool IsCased(RenderBudget budget, TemplateText text, bool upper)
    {
        budget.Read(8L * text.Length);
        bool found = false;
        foreach (Rune rune in text.Value.EnumerateRunes())
        {
            if (IsCased(rune) && IsUpper(rune) != upper)
            {
                return false;
            }

            found |= IsCased(rune);
        }

        return found;
    }

    /// <summary>Whether capitals stand only at the beginning of words, and there is one.</summary>
    public static bool IsTitle(RenderBudget budget, TemplateText text)
    {
        budget.Read(8L * text.Length);
        bool found = false;
        Rune before = new(' ');
        foreach (Rune rune in text.Value.EnumerateRunes())
        {
            if (IsCased(rune) && (IsUpper(rune) == IsCased(before)))
            {
                return false;
            }

            found |= IsCased(rune);
            before = rune;
        }

        return found;
    }

    /// <param name="budget">pays</param>
    /// <param name="text">what is changed</param>
    /// <param name="spell">of the whole text, a position and the code point there, its new spelling</param>
    private static TemplateText Change(RenderBudget budget, TemplateText text, Func<string, int, Rune, string> spell)
    {
        budget.Make(40L * text.Length);
        int at = 0;
        return new TextBuilder(budget).AppendEscaped(text, rune =>
        {
            string spelling = spell(text.Value, at, rune);
            at += rune.Utf16SequenceLength;
            return spelling;
        }).ToText();
    }

    /// <summary>A sigma that ends a word is written otherwise.</summary>
    private static string Down(string all, int at, Rune rune)
    {
        const char CapitalSigma = '\u03A3';
        bool endsWord = rune.Value == CapitalSigma && IsCased(Before(all, at)) && !IsCased(After(all, at + 1));
        return endsWord ? "\u03C2" : CaseTables.Lower(rune);
    }

    private static Rune Before(string all, int at)
    {
        Rune rune = Previous(all, at);
        while (IsIgnorable(rune))
        {
            at -= rune.Utf16SequenceLength;
            rune = Previous(all, at);
        }

        return rune;
    }

    private static Rune After(string all, int at)
    {
        Rune rune = Next(all, at);
        while (IsIgnorable(rune))
        {
            at += rune.Utf16SequenceLength;
            rune = Next(all, at);
        }

        return rune;
    }

    private static Rune Previous(string all, int at) =>
        Rune.DecodeLastFromUtf16(all.AsSpan(0, at), out Rune rune, out _) == OperationStatus.Done ? rune : new Rune(' ');

    private static Rune Next(string all, int at) =>
        Rune.DecodeFromUtf16(all.AsSpan(at), out Rune rune, out _) == OperationStatus.Done ? rune : new Rune(' ');

    private static bool IsCased(Rune rune) => IsUpper(rune) || Rune.IsLower(rune) || IsTitlecase(rune)
        || Rune.ToUpperInvariant(rune) != rune;

    private static bool IsUpper(Rune rune) => Rune.IsUpper(rune)
        || (Rune.ToLowerInvariant(rune) != rune && !IsTitlecase(rune));

    private static bool IsTitlecase(Rune rune) => Rune.GetUnicodeCategory(rune) == UnicodeCategory.TitlecaseLetter;

    /// <summary>What may stand inside a word without ending it.</summary>
    private static bool IsIgnorable(Rune rune) => rune.Value is '\'' or '.' or ':' or 0xB7 or 0x2019 || Rune.GetUnicodeCategory(rune) is
        UnicodeCategory.NonSpacingMark
            or UnicodeCategory.EnclosingMark
            or UnicodeCategory.Format
            or UnicodeCategory.ModifierLetter
            or UnicodeCategory.ModifierSymbol;
}
