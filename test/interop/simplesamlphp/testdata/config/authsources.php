<?php
$config = [
    'people' => [
        'exampleauth:UserPass',
        'gisella:gisella' => [
            'name' => ['Gisella'],
            'familyName' => ['Finti'],
            'dateOfBirth' => ['1980-01-01'],
            'fiscalNumber' => ['TINIT-' . getenv('SSP_FISCAL_CODE')],
        ],
    ],
];
