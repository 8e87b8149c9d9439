using System.Security.Cryptography;
using Mesh.Api.Client.Errors;
using Mesh.Api.Client.Operations;
using Mesh.Contracts.Security;
using Mesh.Contracts.Waiting;

namespace Mesh.Identity;

/// <summary>
/// Gets a workload's certificate and keeps it fresh in a folder: joins with a token where there is none that is valid, and renews it when
/// half of its life is over. While nobody answers, it goes on asking, and what is there stays. Flow step 1.
/// </summary>
/// <param name="folder">Where the files are.</param>
/// <param name="certificates">Whom it asks.</param>
/// <param name="options">The rest.</param>
/// <param name="happened">Hears of every certificate and every failure; called by one thread at a time.</param>
public sealed class SvidAgent(SvidFolder folder, CertificateApi certificates, SvidAgentOptions options, Action<SvidEvent> happened)
{
    private readonly Signal _changed = new();
    private WorkloadIdentity? _current;
    private bool _hasFailed;

    /// <summary>What there is now; null before the first. It may have expired.</summary>
    public WorkloadIdentity? Current => Volatile.Read(ref _current);

    /// <summary>Completes with the next change of <see cref="Current"/>.</summary>
    public Task Changed => _changed.Next;

    private DateTimeOffset Now => options.Time.GetUtcNow();

    /// <summary>Works until it is cancelled.</summary>
    /// <exception cref="OperationCanceledException">It was cancelled.</exception>
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        var pause = new BackoffState(options.Backoff, options.Random);
        while (true)
        {
            var wait = TimeSpan.Zero;
            try
            {
                var (svid, _) = await GetAsync(cancellationToken).ConfigureAwait(false);
                pause.Reset();
                await UntilAsync(RenewalOf(svid), cancellationToken).ConfigureAwait(false);
                await RenewAsync(svid, cancellationToken).ConfigureAwait(false);
            }
            catch (Exception failure) when (IsExpected(failure))
            {
                wait = pause.Next();
                _hasFailed = true;
                happened(new SvidEvent.Failed(failure.Message, wait));
            }

            if (wait > TimeSpan.Zero) await Task.Delay(wait, options.Time, cancellationToken).ConfigureAwait(false);
        }
    }

    /// <summary>Takes the identity that is there, if it is valid. What is wrong with it is for <see cref="RunAsync"/> to tell.</summary>
    /// <param name="cancellationToken">Ends the reading.</param>
    public async Task LoadAsync(CancellationToken cancellationToken)
    {
        try
        {
            if (await ReadAsync(cancellationToken).ConfigureAwait(false) is { } present && present.Svid.NotAfter > Now) Find(present);
        }
        catch (Exception failure) when (IsExpected(failure))
        {
            // It is read again at once.
        }
    }

    /// <summary>The identity that is there, if it is valid; else a new one, by a join token.</summary>
    /// <exception cref="MeshApiException">The mesh has refused, or not answered.</exception>
    /// <exception cref="SvidException">There is no token, or what is there or what came is of another service.</exception>
    /// <exception cref="IOException">The files cannot be read or written.</exception>
    public async Task<WorkloadIdentity> GetAsync(CancellationToken cancellationToken)
    {
        if (await ReadAsync(cancellationToken).ConfigureAwait(false) is { } present && present.Svid.NotAfter > Now)
        {
            await folder.CompleteAsync(present, cancellationToken).ConfigureAwait(false);
            Find(present);
            return present;
        }

        var token = await options.JoinToken(cancellationToken).ConfigureAwait(false)
            ?? throw new SvidException("There is no valid certificate, and no join token to get one with.");
        using var request = new SvidRequest();
        var answer = await certificates.SignAsync(request.Join(token), cancellationToken).ConfigureAwait(false);
        return await TakeAsync(request, answer.Value, cancellationToken).ConfigureAwait(false);
    }

    private async Task RenewAsync(Svid present, CancellationToken cancellationToken)
    {
        using var request = new SvidRequest();
        var answer = await certificates.RenewAsync(request.Renew(present), cancellationToken).ConfigureAwait(false);
        await TakeAsync(request, answer.Value, cancellationToken).ConfigureAwait(false);
    }

    private async Task<WorkloadIdentity?> ReadAsync(CancellationToken cancellationToken)
    {
        try
        {
            var present = await folder.ReadAsync(cancellationToken).ConfigureAwait(false);
            if (present is not null) Check(present.Svid);
            return present;
        }
        catch (CryptographicException broken)
        {
            throw new SvidException($"{folder.Combined} is no identity: {broken.Message} Remove it to join anew.", broken);
        }
    }

    private async Task<WorkloadIdentity> TakeAsync(SvidRequest request, SignedCertificateAnswer answer,
        CancellationToken cancellationToken)
    {
        var identity = new WorkloadIdentity(request.Complete(answer, Now), answer.Bundle);
        Check(identity.Svid);
        await folder.WriteAsync(identity, cancellationToken).ConfigureAwait(false);
        Set(identity);
        happened(new SvidEvent.Issued(identity.Svid));
        return identity;
    }

    private void Find(WorkloadIdentity present)
    {
        var isNews = _hasFailed || Current?.Svid.Chain[0] != present.Svid.Chain[0];
        Set(present);
        if (isNews) happened(new SvidEvent.Found(present.Svid));
    }

    private void Set(WorkloadIdentity identity)
    {
        _hasFailed = false;
        Volatile.Write(ref _current, identity);
        _changed.Set();
    }

    private void Check(Svid svid)
    {
        if (options.Expected is not { } expected || svid.SpiffeId.EndsWith(PathOf(expected), StringComparison.Ordinal)) return;
        throw new SvidException($"The certificate is of {svid.SpiffeId}, and that of service '{expected}' was expected.");
    }

    private static string PathOf(string expected)
    {
        var slash = expected.IndexOf('/');
        return $"/ns/{expected[..slash]}/sa/{expected[(slash + 1)..]}";
    }

    private DateTimeOffset RenewalOf(Svid svid) =>
        svid.RenewAt + ((svid.NotAfter - svid.IssuedAt) * (options.Jitter * options.Random.NextDouble()));

    private async Task UntilAsync(DateTimeOffset moment, CancellationToken cancellationToken)
    {
        // Timers stand still while a machine sleeps, and the certificate grows old.
        while (moment - Now is var left && left > TimeSpan.Zero)
            await Task.Delay(left < options.Look ? left : options.Look, options.Time, cancellationToken).ConfigureAwait(false);
    }

    private static bool IsExpected(Exception failure) => failure is MeshApiException or SvidException or IOException
        or UnauthorizedAccessException or CryptographicException;
}

/// <summary>What an agent has to tell.</summary>
public abstract record SvidEvent
{
    private SvidEvent()
    {
    }

    /// <summary>There is a new certificate, and it is in the files.</summary>
    /// <param name="Svid">The identity.</param>
    public sealed record Issued(Svid Svid) : SvidEvent;

    /// <summary>There is one in the files that is valid: at the start, or again after a failure.</summary>
    /// <param name="Svid">The identity.</param>
    public sealed record Found(Svid Svid) : SvidEvent;

    /// <summary>There is none, for now.</summary>
    /// <param name="Reason">Why, for people.</param>
    /// <param name="Pause">How long the agent waits before it asks again.</param>
    public sealed record Failed(string Reason, TimeSpan Pause) : SvidEvent;
}

/// <summary>An identity cannot be had, for a reason that the mesh has no part in.</summary>
/// <param name="message">For people.</param>
/// <param name="cause">What it follows from, if anything.</param>
public sealed class SvidException(string message, Exception? cause = null) : Exception(message, cause);
