using Alignment.Models.Tokenization;
using Alignment.Models.Tokenization.PreTokenizers;
using Alignment.Training.Data.Packing;
using Alignment.Training.Tokenizers;

namespace Alignment.Training.Tests;

/// <summary>A byte-level vocabulary of a few words with the control tokens of the chat format.</summary>
internal static class TrainedTokenizer
{
    public static Tokenizer Train(string folder)
    {
        BpeTrainer trainer = new(WordPattern.Qwen2, ChatFormat.ControlTokens);
        trainer.Add("How are you? Fine, thanks. And you? question answer question answer");
        TokenizerWriter.Write(trainer.Train(300), ChatFormat.Begin, ChatFormat.End, ChatFormat.Template, folder);
        return Tokenizer.Load(folder);
    }
}
