using System.Text;
using Alignment.Models.Tokenization.Expressions;
using Alignment.Models.Tokenization.Pipeline;

namespace Alignment.Models.Tokenization;

/// <summary>
/// Text to token ids and back, as a Hugging Face <c>tokenizer.json</c> describes it: byte-level BPE (GPT-2, Llama 3, Qwen) and
/// SentencePiece-style BPE with byte fallback (Llama 2, Mistral). Safe for concurrent use.
/// </summary>
public sealed class Tokenizer : IDisposable
{
    private readonly TokenizerParts _parts;
    private readonly TokenizerSettings _settings;
    private readonly byte[][] _bytes;
    private readonly bool[] _special;
    private readonly int[] _prefix;
    private readonly int[] _suffix;
    private readonly ThreadLocal<WordEncoder> _encoders;

    internal Tokenizer(TokenizerParts parts, TokenizerSettings settings)
    {
        (_parts, _settings) = (parts, settings);
        VocabularySize = 1 + Math.Max(
            parts.Model.Vocabulary.Values.DefaultIfEmpty(-1).Max(), parts.AddedTokens.Select(token => token.Id).DefaultIfEmpty(-1).Max());
        _bytes = new byte[VocabularySize][];
        _special = new bool[VocabularySize];
        Array.Fill(_bytes, []);
        foreach ((string spelling, int id) in parts.Model.Vocabulary)
        {
            _bytes[id] = parts.Spelling.BytesOf(spelling);
        }

        foreach (AddedToken token in parts.AddedTokens)
        {
            (_bytes[token.Id], _special[token.Id]) = (Encoding.UTF8.GetBytes(token.Content), token.Special);
        }

        int[] bos = settings.BosToken is { } begin && TokenId(begin) is int beginId ? [beginId] : [];
        int[] eos = settings.EosToken is { } end && TokenId(end) is int endId ? [endId] : [];
        _prefix = settings.AddBosToken is bool addsBos ? [.. addsBos ? bos : [], .. parts.Prefix.Except(bos)] : [.. parts.Prefix];
        _suffix = settings.AddEosToken is bool addsEos ? [.. parts.Suffix.Except(eos), .. addsEos ? eos : []] : [.. parts.Suffix];
        _encoders = new ThreadLocal<WordEncoder>(() => new WordEncoder(parts.Model));
    }

    /// <summary>Ids are below; the model's embedding may have more rows.</summary>
    public int VocabularySize { get; }

    /// <summary>The token that begins a text, where tokenizer_config.json names one.</summary>
    public string? BosToken => _settings.BosToken;

    /// <summary>The token that ends a text, where tokenizer_config.json names one.</summary>
    public string? EosToken => _settings.EosToken;

    /// <summary>Source of the chat template, where the folder has one.</summary>
    public string? ChatTemplate => _settings.ChatTemplate;

    internal bool StripsFirstSpace => _parts.Spelling.StripsFirstSpace;

    /// <summary>Reads tokenizer.json, and tokenizer_config.json where it exists.</summary>
    /// <exception cref="FileNotFoundException">There is no tokenizer.json.</exception>
    /// <exception cref="InvalidDataException">
    /// A file is damaged or asks for what is not supported; the message names file and field.
    /// </exception>
    public static Tokenizer Load(string folder) =>
        new(TokenizerReader.Read(Path.Combine(folder, "tokenizer.json")), TokenizerSettings.Read(folder));

    /// <summary>Ids of a text.</summary>
    /// <param name="text">Any text; unpaired surrogates count as U+FFFD.</param>
    /// <param name="addSpecialTokens">
    /// Put the tokens around it that the tokenizer puts around a text, such as the beginning-of-text token.
    /// </param>
    /// <param name="parseSpecialTokens">Whether text that spells a control token becomes that token; never for text from a client.</param>
    /// <param name="most">Ids that are of use: behind so many the rest of the text is not looked at, and a few more are returned.</param>
    /// <param name="cancellation">Ends it within a millisecond or so.</param>
    /// <exception cref="TokenizerException">An expression of tokenizer.json takes too many steps on this text.</exception>
    public int[] Encode(
        string text,
        bool addSpecialTokens = true,
        bool parseSpecialTokens = true,
        int most = int.MaxValue,
        CancellationToken cancellation = default)
    {
        List<int> ids = EncodeText(text, parseSpecialTokens ? ClientSpans.None : ClientSpans.All, most, cancellation);
        return addSpecialTokens ? [.. _prefix, .. ids, .. _suffix] : [.. ids];
    }

    /// <summary>
    /// Ids of a text that several wrote, as a rendered conversation: characters of a client take part in no control token, special or not.
    /// </summary>
    /// <param name="text">Any text; unpaired surrogates count as U+FFFD.</param>
    /// <param name="clientText">The stretches that a client wrote, in order and apart.</param>
    /// <param name="most">Ids that are of use: behind so many the rest of the text is not looked at, and a few more are returned.</param>
    /// <param name="cancellation">Ends it within a millisecond or so.</param>
    /// <exception cref="TokenizerException">An expression of tokenizer.json takes too many steps on this text.</exception>
    public int[] Encode(
        string text, IReadOnlyList<Range> clientText, int most = int.MaxValue, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(text);
        ArgumentNullException.ThrowIfNull(clientText);
        return [.. EncodeText(text, ClientSpans.Of(text, clientText), most, cancellation)];
    }

    /// <summary>Text of ids; bytes that are no UTF-8 become U+FFFD.</summary>
    /// <exception cref="ArgumentOutOfRangeException">An id is not in the vocabulary.</exception>
    public string Decode(IEnumerable<int> ids, bool skipSpecialTokens = true)
    {
        ArgumentNullException.ThrowIfNull(ids);
        TokenDecoder decoder = CreateDecoder(skipSpecialTokens);
        var text = new StringBuilder();
        foreach (int id in ids)
        {
            text.Append(decoder.Push(id));
        }

        return text.Append(decoder.Flush()).ToString();
    }

    /// <summary>A decoder for one stream of tokens.</summary>
    public TokenDecoder CreateDecoder(bool skipSpecialTokens = true) => new(this, skipSpecialTokens);

    /// <summary>The bytes a token stands for; a character may be spread over several tokens.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The id is not in the vocabulary.</exception>
    public ReadOnlyMemory<byte> TokenBytes(int id) => _bytes[Check(id)];

    /// <summary>Whether it is a control token.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The id is not in the vocabulary.</exception>
    public bool IsSpecial(int id) => _special[Check(id)];

    /// <summary>The id of a token by its spelling, or null.</summary>
    public int? TokenId(string text) =>
        _parts.AddedTokens.FirstOrDefault(token => token.Content == text)?.Id
            ?? (_parts.Model.Vocabulary.TryGetValue(text, out int id) ? id : null);

    /// <inheritdoc/>
    public void Dispose() => _encoders.Dispose();

    private List<int> EncodeText(string text, ClientSpans clients, int most, CancellationToken cancellation)
    {
        ArgumentNullException.ThrowIfNull(text);
        try
        {
            return EncodePieces(text, clients, most, cancellation);
        }
        catch (ExpressionException fault)
        {
            throw new TokenizerException($"the tokenizer cannot cut this text: {fault.Message}");
        }
    }

    private List<int> EncodePieces(string text, ClientSpans clients, int most, CancellationToken cancellation)
    {
        List<int> ids = [];
        WordEncoder encoder = _encoders.Value!;
        bool isStart = true;
        _parts.RawTokens.Split(text, clients, EncodeRaw, Add);
        return ids;

        void EncodeRaw(int start, int end)
        {
            cancellation.ThrowIfCancellationRequested();
            if (ids.Count > most)
            {
                return;
            }

            foreach ((string piece, ClientSpans part)
                in AuthoredText.Normalize(text[start..end], clients.Within(start, end), _parts.Normalize))
            {
                _parts.NormalizedTokens.Split(piece, part, (from, to) => EncodeNormalized(piece[from..to]), Add);
            }
        }

        void EncodeNormalized(string piece)
        {
            // Words are cut one by one, as they are asked for.
            foreach (string word in _parts.PreTokenize(piece, isStart).TakeWhile(_ => ids.Count <= most))
            {
                cancellation.ThrowIfCancellationRequested();
                encoder.Encode(word, ids, cancellation);
            }

            isStart = false;
        }

        void Add(AddedToken token)
        {
            ids.Add(token.Id);
            isStart = false;
        }
    }

    private int Check(int id) => (uint)id < (uint)VocabularySize
        ? id
        : throw new ArgumentOutOfRangeException(nameof(id), id, $"The vocabulary has {VocabularySize} tokens.");
}
