# Reads what tap printed, with JSON::PP, Text::CSV and YAML::PP, and says what it read: a line a row, the cells in hex.
# TestReaders of pkg/cmd/pass compares. Arguments: files whose names end in the format.
use strict;
use warnings;
use Encode ();
use JSON::PP ();
use Text::CSV ();
use YAML::PP ();

sub cell { defined $_[0] ? "x" . unpack("H*", Encode::encode("utf8", $_[0])) : "-" }

for my $path (@ARGV) {
    print "file $path\n";
    open my $f, "<:encoding(utf8)", $path or die "$path: $!";
    if ($path =~ /\.value$/) {
        while (my $line = <$f>) { chomp $line; print cell($line), "\n"; }
        next;
    }
    my @rows;
    if ($path =~ /\.csv$/) {
        my $csv = Text::CSV->new({ binary => 1, strict => 1, auto_diag => 2 });
        my $head = $csv->getline($f);
        while (my $row = $csv->getline($f)) { my %r; @r{@$head} = @$row; push @rows, \%r; }
        $csv->eof or die "$path: the reader stopped";
    }
    elsif ($path =~ /\.jsonl$/) {
        while (my $line = <$f>) { push @rows, JSON::PP->new->decode($line) }
    }
    else {
        my $text = do { local $/; <$f> };
        @rows = @{ $path =~ /\.json$/ ? JSON::PP->new->decode($text) : YAML::PP->new->load_string($text) };
    }
    print join(" ", map { cell($_) } @$_{qw(temporaryAccessPass displayName defused)}), "\n" for @rows;
}
