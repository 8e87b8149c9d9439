using Mesh.Kernel.Settings;
using Microsoft.Extensions.Configuration;

namespace Mesh.Kernel.Replication;

/// <summary>Settings of a replica.</summary>
public sealed class ReplicaOptions
{
    /// <summary>
    /// Base addresses of the Registries, tried in turn: <c>services__registry__http__0</c>, <c>…__1</c>, else <c>Mesh__Registry</c>
    /// (comma-separated). <value>http://127.0.0.1:7400</value>
    /// </summary>
    public IReadOnlyList<Uri> Registries { get; set; } = [new("http://127.0.0.1:7400")];

    /// <summary>
    /// Which feeds are used: <c>Mesh__Feeds=kafka|taillog|both</c>. Without a Kafka connection string it is TailLog alone.
    /// <value>both</value>
    /// </summary>
    public FeedChoice Feeds { get; set; } = FeedChoice.Both;

    /// <summary>How long a Registry may be unavailable before the last-known-good copy is used. <value>10 s</value></summary>
    public TimeSpan LastKnownGoodAfter { get; set; } = TimeSpan.FromSeconds(10);

    /// <summary>How often the last-known-good copy is renewed while the state moves. <value>10 s</value></summary>
    public TimeSpan LastKnownGoodEvery { get; set; } = TimeSpan.FromSeconds(10);

    /// <summary>How often the head of the database is compared with the own state. <value>2 s</value></summary>
    public TimeSpan HeadCheckEvery { get; set; } = TimeSpan.FromSeconds(2);

    /// <summary>How long an entry may be missing before it is fetched from the Registry. <value>50 ms</value></summary>
    public TimeSpan GapPatience { get; set; } = TimeSpan.FromMilliseconds(50);

    /// <summary>Reads the settings; see each of them for its name.</summary>
    /// <exception cref="SettingException">An address or <c>Mesh__Feeds</c> cannot be understood.</exception>
    public static ReplicaOptions From(IConfiguration configuration)
    {
        var options = new ReplicaOptions();
        var addresses = configuration.GetSection("services:registry:http").GetChildren().Select(address => address.Value).OfType<string>()
            .DefaultIfEmpty(configuration["Mesh:Registry"])
            .SelectMany(list => (list ?? "").Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries))
            .Select(AddressOf).ToArray();
        if (addresses.Length > 0) options.Registries = addresses;
        if (configuration["Mesh:Feeds"] is { Length: > 0 } feeds)
        {
            options.Feeds = Enum.TryParse<FeedChoice>(feeds, ignoreCase: true, out var choice) && Enum.IsDefined(choice)
                ? choice
                : throw new SettingException($"Mesh__Feeds is '{feeds}'; it must be kafka, taillog or both.");
        }

        return options;
    }

    private static Uri AddressOf(string text) =>
        Uri.TryCreate(text, UriKind.Absolute, out var address) && address.Scheme is "http" or "https"
            ? address
            : throw new SettingException(
                $"'{text}' in Mesh__Registry (or services__registry__http__0) is not the address of a Registry; write it as "
                    + "http://127.0.0.1:7400.");
}

/// <summary>Which feeds a replica uses.</summary>
public enum FeedChoice
{
    /// <summary>Kafka and the Registry's stream; whichever is first counts.</summary>
    Both,

    /// <summary>Kafka alone; the Registry is asked for snapshots and gaps only.</summary>
    Kafka,

    /// <summary>The Registry's stream alone.</summary>
    TailLog,
}
