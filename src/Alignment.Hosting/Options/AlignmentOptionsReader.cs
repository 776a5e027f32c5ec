using Alignment.Decoding.Policy;
using Alignment.Decoding.Problems;
using Alignment.Hosting.Devices;
using Microsoft.Extensions.Configuration;

namespace Alignment.Hosting.Options;

/// <summary>Binds the section <c>Alignment</c> and checks it before anything is loaded.</summary>
public static class AlignmentOptionsReader
{
    /// <param name="configuration">Has the section.</param>
    /// <param name="problems">Receives everything that is wrong, one key a problem.</param>
    public static AlignmentOptions Read(IConfiguration configuration, ICollection<string> problems)
    {
        ArgumentNullException.ThrowIfNull(configuration);
        ArgumentNullException.ThrowIfNull(problems);
        AlignmentOptions options = SectionBinder.Bind<AlignmentOptions>(configuration.GetSection(AlignmentOptions.Section), problems);
        Require(options.Models.Count > 0, "Models", "names no model");
        Require(options.Models.All(model => model.Path.Length > 0), "Models", "every model needs a Path");
        Require(DeviceChoice.IsKnown(options.Device), "Device", $"'{options.Device}' is none of {DeviceChoice.Forms}");
        CheckNames("Profiles", options.Profiles.Keys);
        for (int i = 0; i < options.Models.Count; i++)
        {
            string key = ModelOptions.GuidesKey(i);
            IReadOnlyDictionary<string, string> guides = options.Models[i].Guides;
            CheckNames(key, guides.Keys);
            Add(key, guides.Where(guide => guide.Value.Length == 0).Select(guide => (guide.Key, "is empty; it is the folder of a model")));
        }

        foreach (RequestProblem problem in PolicyValidator.Validate(options.Policy, options.Limits))
        {
            Require(false, $"Policy:{problem.Path}", problem.Message);
        }

        return options;

        void CheckNames(string key, IEnumerable<string> names)
            => Add(key, names.Select(name => (name, OptionName.Problem(name)!)).Where(named => named.Item2 is not null));

        void Add(string key, IEnumerable<(string Name, string Problem)> found)
        {
            foreach ((string name, string problem) in found)
            {
                problems.Add($"{AlignmentOptions.Section}:{key}:{OptionName.Show(name)}: {problem}");
            }
        }

        // What could not be bound is wrong once, not also absent.
        void Require(bool holds, string name, string message)
        {
            string path = $"{AlignmentOptions.Section}:{name}";
            if (!holds && !problems.Any(problem => problem.StartsWith(path, StringComparison.OrdinalIgnoreCase)))
            {
                problems.Add($"{path}: {message}");
            }
        }
    }
}
